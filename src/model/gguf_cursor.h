#pragma once

// Takes a file of unknown honesty apart, number by number. Every reading says what it was after
// when the file does not hold it.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/result.h"

namespace muai {

// Reads up to `into.size()` bytes at `offset`; how many there were.
using ReadAt = std::function<std::size_t(std::uint64_t offset, std::span<char> into)>;

class GgufCursor {
 public:
  GgufCursor(ReadAt read, std::uint64_t file_bytes, std::uint64_t bytes_max)
      : read_(std::move(read)), end_(std::min(file_bytes, bytes_max)) {}

  std::uint64_t position() const { return position_; }
  std::uint64_t left() const { return end_ - position_; }

  // Little-endian, as the file.
  template <class T>
  Result<T> number(std::string_view what) {
    static_assert(std::endian::native == std::endian::little);
    T value{};
    MUAI_TRY_VOID(take(std::as_writable_bytes(std::span(&value, 1)), what));
    return value;
  }

  // A length, then so many bytes. Longer than `bytes_max`: Corrupt.
  Result<std::string> text(std::size_t bytes_max, std::string_view what);
  Result<void> skip_text(std::string_view what);
  Result<void> skip(std::uint64_t bytes, std::string_view what);

  // The error of this place.
  std::unexpected<Error> corrupt(std::string_view problem) const;

 private:
  Result<void> take(std::span<std::byte> into, std::string_view what);
  bool fill(std::size_t bytes);

  ReadAt read_;
  std::uint64_t end_;
  std::uint64_t position_ = 0;
  std::vector<char> buffer_;
  std::uint64_t buffer_begin_ = 0;
};

}  // namespace muai
