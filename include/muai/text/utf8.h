#pragma once

// UTF-8: validity, repair, counting, and walking by code point.
//
// Every function is total: any bytes may be passed, none is read outside the view, and all are
// linear. Invalid bytes are treated as WHATWG's decoder does: each maximal part of a broken
// sequence counts as one U+FFFD. Thread-safe; nothing here has state.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace muai {

inline constexpr char32_t kReplacement = U'\uFFFD';

// A decoded code point and the number of bytes it took (1 to 4; 0 only at the end of the text).
// `valid` is false when the bytes were broken; `value` is then kReplacement.
struct CodePoint {
  char32_t value = 0;
  std::uint8_t size = 0;
  bool valid = true;
};

// Strict: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_valid_utf8(std::string_view bytes);

// The same text with every broken sequence replaced by U+FFFD. Valid text is copied unchanged.
std::string to_valid_utf8(std::string_view bytes);

// The code point that starts at byte `at`; size 0 when at >= text.size().
CodePoint decode_utf8(std::string_view text, std::size_t at);

// Appends `value`, or U+FFFD when it is a surrogate or above U+10FFFF.
void append_utf8(std::string& out, char32_t value);

// "Characters" everywhere in MuAI: code points, an invalid part counting as one.
std::size_t count_code_points(std::string_view text);

// Byte offset -> number of code points that begin before it. An offset beyond the text counts as
// its end.
std::size_t code_point_offset(std::string_view text, std::size_t byte_offset);

// Number of code points -> byte offset where that many have passed; text.size() when it has fewer.
std::size_t byte_offset(std::string_view text, std::size_t code_points);

// The code point boundary at or before `byte_offset` (at most text.size()).
std::size_t boundary_before(std::string_view text, std::size_t byte_offset);

// The first `code_points` characters of `text`.
std::string_view first_code_points(std::string_view text, std::size_t code_points);

// Walks a text by code point:
//   for (Utf8Cursor at(text); !at.done(); at.next()) use(at.value(), at.offset());
// The text must outlive the cursor.
class Utf8Cursor {
 public:
  explicit Utf8Cursor(std::string_view text, std::size_t begin = 0) : text_(text), offset_(begin) {
    load();
  }

  bool done() const { return offset_ >= text_.size(); }
  char32_t value() const { return now_.value; }   // REQUIRES: !done()
  std::size_t offset() const { return offset_; }  // of the code point's first byte
  std::size_t size() const { return now_.size; }  // its bytes
  bool valid() const { return now_.valid; }
  void next() {
    offset_ += now_.size;
    load();
  }

 private:
  void load() {
    if (offset_ >= text_.size()) {
      now_ = {};
    } else if (const auto byte = static_cast<unsigned char>(text_[offset_]); byte < 0x80) {
      now_ = {byte, 1, true};
    } else {
      now_ = decode_utf8(text_, offset_);
    }
  }

  std::string_view text_;
  std::size_t offset_;
  CodePoint now_;
};

}  // namespace muai
