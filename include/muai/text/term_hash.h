#pragma once

// A 64-bit hash of a term.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace muai {

// Spreads well and is fast for short terms; stored in collections, so that a change of it is a
// change of kTokenizerVersion; no defence against terms that were made to collide (tables built on
// it must stay right, if slower, when some do).
inline std::uint64_t hash_term(std::string_view term) {
  std::uint64_t hash = 0x9e3779b97f4a7c15u ^ term.size();
  while (!term.empty()) {
    std::uint64_t word = 0;
    const std::size_t size = std::min<std::size_t>(term.size(), 8);
    std::memcpy(&word, term.data(), size);
    hash = (hash ^ word) * 0xff51afd7ed558ccdu;
    hash ^= hash >> 32;
    term.remove_prefix(size);
  }
  return hash;
}

}  // namespace muai
