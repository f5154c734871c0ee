#pragma once

// Writes JSON text at memory speed: a growing buffer and a cursor, no tree. Strings may hold any
// bytes; broken UTF-8 becomes U+FFFD and non-ASCII stays unescaped.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace muai {

// A member's name as it stands before a value, made at compile time: `,"name":`.
class MemberName {
 public:
  template <std::size_t N>
  consteval MemberName(const char (&name)[N]) : size_(N + 3) {  // NOLINT: names are literals
    static_assert(N + 3 <= kCopyBytes);
    text_[0] = ',';
    text_[1] = '"';
    for (std::size_t i = 0; i + 1 < N; ++i) text_[i + 2] = name[i];
    text_[N + 1] = '"';
    text_[N + 2] = ':';
  }

  std::string_view view() const { return {text_ + 2, size_ - 4}; }

 private:
  friend class JsonText;
  static constexpr std::size_t kCopyBytes = 32;
  char text_[kCopyBytes + 1] = {};
  std::size_t size_;
};

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

  // The name of a member, after a comma unless the object begins with it. Copies a fixed number of
  // bytes: no call, no loop.
  void member(const MemberName& name) {
    ensure(MemberName::kCopyBytes);
    const char last = size_ == 0 ? '{' : bytes_[size_ - 1];
    const std::size_t comma = last == '{' || last == '[' ? 1 : 0;
    std::memcpy(bytes_.get() + size_, name.text_ + comma, MemberName::kCopyBytes);
    size_ += name.size_ - comma;
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
