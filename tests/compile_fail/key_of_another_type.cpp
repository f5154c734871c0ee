// A state entry takes only its key's type.
#include <string>

#include "muai/core/key.h"
#include "muai/core/state.h"

inline constexpr muai::Key<std::string> kTitle{"title"};

muai::State titled(const muai::State& in) {
#ifdef MUAI_WRONG
  struct Page {};
  return in.with(kTitle, Page{});
#else
  return in.with(kTitle, "Tides");
#endif
}
