#pragma once

#include <string>

namespace muai {

// 64 hexadecimal digits that nobody can guess, from the operating system. Thread-safe.
std::string random_secret();

}  // namespace muai
