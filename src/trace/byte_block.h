#pragma once

// Sixteen bytes of text at a time, on processors that have SSE2 (all x86-64). Elsewhere
// MUAI_TRACE_BLOCKS is not defined and callers go byte by byte.

#ifdef __SSE2__
#define MUAI_TRACE_BLOCKS 1

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace muai {

inline __m128i load_block(const char* bytes) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
}

// Fewer than 16 bytes, the rest zero. Nothing beyond them is read, and nothing goes through
// memory, which would stall the load behind the stores.
inline __m128i load_part(const char* bytes, std::size_t size) {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  if (size >= 8) {
    std::memcpy(&low, bytes, 8);
    std::memcpy(&high, bytes + size - 8, 8);
    high = size == 8 ? 0 : high >> (8 * (16 - size));
  } else if (size >= 4) {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::memcpy(&first, bytes, 4);
    std::memcpy(&last, bytes + size - 4, 4);
    low = first | static_cast<std::uint64_t>(last) << (8 * (size - 4));
  } else {
    for (std::size_t i = 0; i < size; ++i) {
      low |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    }
  }
  return _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low));
}

}  // namespace muai

#endif
