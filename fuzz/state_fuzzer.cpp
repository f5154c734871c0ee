// The reader of state JSON: whatever it accepts comes back equal.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "muai/core/check.h"
#include "muai/core/keys.h"
#include "muai/core/state.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace muai;
  // Unknown member names are interned for ever; few and short ones keep the process small.
  if (size > 4096) return 0;
  const Result<State> state = json_to_state({reinterpret_cast<const char*>(data), size});
  if (!state) return 0;
  const Result<std::string> text = state_to_json(*state);
  MUAI_CHECK(text.has_value());
  const Result<State> back = json_to_state(*text);
  MUAI_CHECK(back.has_value());
  MUAI_CHECK(*back == *state);
  return 0;
}
