// A task owns its frame: it moves, and is never copied.
#include <utility>

#include "muai/async/task.h"

muai::Task<int> pass_on(muai::Task<int> number) {
#ifdef MUAI_WRONG
  muai::Task<int> other = number;
#else
  muai::Task<int> other = std::move(number);
#endif
  return other;
}
