// tiny_gguf FILE [llama|bert] [WIDTH] [CONTEXT] [endless]: writes a model with random weights for
// tests and trials; an endless one goes on until it has written as many tokens as it may.

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/support/tiny_gguf.h"

int main(int count, char** arguments) {
  using muai::testing::TinyArchitecture;
  const std::string kind = count > 2 ? arguments[2] : "llama";
  if (count < 2 || (kind != "llama" && kind != "bert")) {
    std::fputs("usage: tiny_gguf FILE [llama|bert] [WIDTH] [CONTEXT] [endless]\n", stderr);
    return 2;
  }
  muai::testing::TinyModel model;
  if (kind == "bert") model.architecture = TinyArchitecture::Bert;
  const auto number = [&](int at) {
    return static_cast<std::uint32_t>(std::strtoul(arguments[at], nullptr, 10));
  };
  if (count > 3) model.width = number(3);
  if (count > 4) model.context_tokens = number(4);
  if (count > 5) model.may_end = std::string(arguments[5]) != "endless";
  std::ofstream file(arguments[1], std::ios::binary);
  file << muai::testing::tiny_gguf(model);
  return file.flush() ? 0 : 1;
}
