#pragma once

// The files of this folder that travel inside the program.

#include <string_view>

namespace muai {

// The text of one of them, by file name. REQUIRES: it is embedded (CMakeLists.txt).
std::string_view model_text(std::string_view name);

}  // namespace muai
