#pragma once

#include <cstddef>

namespace muai {

// The sum of products of two lists of `size` numbers, several at a time.
float dot_product(const float* a, const float* b, std::size_t size);

}  // namespace muai
