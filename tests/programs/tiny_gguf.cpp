// tiny_gguf FILE [llama|bert] [WIDTH]: writes a model with random weights for tests and trials.

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/support/tiny_gguf.h"

int main(int count, char** arguments) {
  using muai::testing::TinyArchitecture;
  const std::string kind = count > 2 ? arguments[2] : "llama";
  if (count < 2 || (kind != "llama" && kind != "bert")) {
    std::fputs("usage: tiny_gguf FILE [llama|bert] [WIDTH]\n", stderr);
    return 2;
  }
  muai::testing::TinyModel model;
  if (kind == "bert") model.architecture = TinyArchitecture::Bert;
  if (count > 3) model.width = static_cast<std::uint32_t>(std::strtoul(arguments[3], nullptr, 10));
  std::ofstream file(arguments[1], std::ios::binary);
  file << muai::testing::tiny_gguf(model);
  return file.flush() ? 0 : 1;
}
