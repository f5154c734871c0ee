// The body of a coroutine step outlives its caller's state, so it takes its own.

#include "muai/graph/step.h"

namespace muai {

#ifdef MUAI_WRONG
using Taken = const State&;
#else
using Taken = State;
#endif

Step waiting() {
  return step("waiting", [](Taken in, Runtime&) -> Task<Result<State>> { co_return in; });
}

}  // namespace muai
