#pragma once

// The prompts that travel inside the program.

#include <string_view>

namespace muai {

// The text of one of them, by file name. REQUIRES: it is embedded (CMakeLists.txt).
std::string_view steps_text(std::string_view name);

}  // namespace muai
