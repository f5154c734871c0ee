#pragma once

// SHA-256, the name under which texts, blobs and recorded answers are stored.

#include <string>
#include <string_view>

namespace muai {

// 64 lower-case hexadecimal digits. Thread-safe.
std::string sha256_hex(std::string_view bytes);

}  // namespace muai
