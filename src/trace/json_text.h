#pragma once

// Writes JSON text at memory speed: a growing buffer and a cursor, no tree. Strings may hold any
// bytes; broken UTF-8 becomes U+FFFD and non-ASCII stays unescaped.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace muai {

class JsonText {
 public:
  JsonText() { grow(4096); }

  std::string_view view() const { return {bytes_.get(), size_}; }
  std::size_t size() const { return size_; }
  void clear() { size_ = 0; }
  void cut_to(std::size_t size) { size_ = size; }  // REQUIRES: size <= this->size()

  // Text that is JSON already.
  void raw(std::string_view text) {
    ensure(text.size());
    std::memcpy(bytes_.get() + size_, text.data(), text.size());
    size_ += text.size();
  }

  // A string with its quotes. `escaped_bytes_max` ends it early, at a character and never within
  // an escape; returns false when that happened.
  bool string(std::string_view text, std::size_t escaped_bytes_max = SIZE_MAX);

  void number(std::int64_t value);

  // The shortest form that reads back bit for bit; null for NaN and infinities.
  void number(double value);

  void boolean(bool value) { raw(value ? "true" : "false"); }

 private:
  void ensure(std::size_t more) {
    if (size_ + more > capacity_) grow(size_ + more);
  }
  void grow(std::size_t needed);
  bool escaped(std::string_view text, std::size_t end_max);

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace muai
