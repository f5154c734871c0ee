#pragma once

// ByteSpan: where something stands in a UTF-8 text.

#include <cstddef>
#include <string_view>

namespace muai {

// Half-open byte offsets [begin, end) into a UTF-8 text, both at code point boundaries.
// begin <= end always. A plain value; it does not keep the text alive.
struct ByteSpan {
  std::size_t begin = 0;
  std::size_t end = 0;

  constexpr std::size_t size() const { return end - begin; }
  constexpr bool empty() const { return begin == end; }

  // The part of `text` that the span names. REQUIRES: end <= text.size().
  constexpr std::string_view of(std::string_view text) const { return text.substr(begin, size()); }

  friend constexpr bool operator==(const ByteSpan&, const ByteSpan&) = default;
};

}  // namespace muai
