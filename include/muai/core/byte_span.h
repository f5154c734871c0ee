#pragma once

// ByteSpan: the half-open range [begin, end) of byte offsets into a UTF-8 text.

#include <cstddef>
#include <string_view>

namespace muai {

struct ByteSpan {
  std::size_t begin = 0;
  std::size_t end = 0;

  std::size_t size() const { return end - begin; }
  bool empty() const { return begin == end; }
  bool operator==(const ByteSpan&) const = default;
};

// The bytes of `text` under `span`, which must lie inside it.
inline std::string_view slice(std::string_view text, ByteSpan span) {
  return text.substr(span.begin, span.size());
}

}  // namespace muai
