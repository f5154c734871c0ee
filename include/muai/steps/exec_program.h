#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace muai {

// A program that `exec` steps may run, as the user's own configuration names it. There is never a
// shell: the command's parts are the program's arguments.
struct ExecProgram {
  std::string name;                  // what workflow files say
  std::vector<std::string> command;  // absolute path and fixed arguments
  std::int64_t timeout_s = 30;
  std::int64_t output_bytes_max = 1 << 20;
};

}  // namespace muai
