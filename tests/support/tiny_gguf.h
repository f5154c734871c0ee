#pragma once

// Models with random weights that a real llama-server loads in a tenth of a second: the `llama`
// architecture generates (nonsense, of printable text), the `bert` architecture embeds. Equal
// options give equal bytes on every machine.

#include <cstdint>
#include <string>

namespace muai::testing {

enum class TinyArchitecture : std::uint8_t { Llama, Bert };

struct TinyModel {
  TinyArchitecture architecture = TinyArchitecture::Llama;
  std::uint64_t seed = 1;
  std::uint32_t width = 256;  // a multiple of 4; of 256 when it shall be quantised to 4 bit
  std::uint32_t layers = 2;
  std::uint32_t context_tokens = 512;
  // Of `llama`: false never draws a token that ends an answer, so that it lasts as long as asked.
  bool may_end = true;
};

// About 3 MB with the default width.
std::string tiny_gguf(const TinyModel& model);

}  // namespace muai::testing
