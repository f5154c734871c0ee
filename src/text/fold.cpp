#include "muai/text/fold.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uvernum.h>

#include <algorithm>

#include "muai/core/check.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

const icu::Normalizer2& nfkc_casefold() {
  static const icu::Normalizer2& instance = [] -> const icu::Normalizer2& {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* found = icu::Normalizer2::getNFKCCasefoldInstance(status);
    MUAI_CHECK(U_SUCCESS(status) && found != nullptr);  // the tables are linked in
    return *found;
  }();
  return instance;
}

// The end of the escape sequence whose ESC (or one-character C1 form) ended just before `at`.
// An unfinished string sequence ends where the next escape begins, so that the scan stays linear
// and a lone introducer swallows no more than its line.
std::size_t string_sequence_end(std::string_view text, std::size_t at) {
  for (std::size_t i = at; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\a') return i + 1;
    if (c == '\x1b') return i + 1 < text.size() && text[i + 1] == '\\' ? i + 2 : i;
    if (c == '\xC2' && i + 1 < text.size() && text[i + 1] == '\x9C') return i + 2;
    if (c == '\n') return at;
  }
  return at;
}

std::size_t csi_end(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] >= 0x20 && text[at] <= 0x3F) ++at;
  return at < text.size() && text[at] >= 0x40 && text[at] <= 0x7E ? at + 1 : at;
}

std::size_t escape_end(std::string_view text, std::size_t at) {
  if (at >= text.size()) return at;
  switch (text[at]) {
    case '[': return csi_end(text, at + 1);
    case ']':
    case 'P':
    case 'X':
    case '^':
    case '_': return string_sequence_end(text, at + 1);
    default: break;
  }
  while (at < text.size() && text[at] >= 0x20 && text[at] <= 0x2F) ++at;
  return at < text.size() && text[at] >= 0x30 && text[at] <= 0x7E ? at + 1 : at;
}

// After the C1 control `c` at `at`: the same sequences in their one-character form.
std::size_t c1_end(std::string_view text, char32_t c, std::size_t at) {
  if (c == 0x9B) return csi_end(text, at);
  const bool opens_string = c == 0x90 || c == 0x98 || c == 0x9D || c == 0x9E || c == 0x9F;
  return opens_string ? string_sequence_end(text, at) : at;
}

bool is_deceptive(char32_t c) {
  if (c < 0x20) return c != '\n' && c != '\t';
  if (c < 0xA0) return c >= 0x7F;
  return c == 0xAD || c == 0x34F || c == 0x61C || c == 0x115F || c == 0x1160 || c == 0x180E ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0x3164 || c == 0xFEFF || c == 0xFFA0 ||
         (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE01EF);
}

// Arabic to Khmer, whose letters change their shape with a joiner.
bool needs_joiners(char32_t c) { return c >= 0x600 && c <= 0x17FF; }

bool joins(char32_t joiner, char32_t before) {
  if (joiner != 0x200C && joiner != 0x200D) return false;
  if (needs_joiners(before)) return true;
  return joiner == 0x200D &&
         (before == 0xFE0F || u_hasBinaryProperty(static_cast<UChar32>(before), UCHAR_EMOJI) != 0);
}

}  // namespace

std::string fold(std::string_view text) {
  if (is_ascii(text)) {
    std::string out(text);
    for (char& c : out) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
  }
  const std::string valid = to_valid_utf8(text);
  std::string out;
  out.reserve(valid.size());
  icu::StringByteSink<std::string> sink(&out);
  UErrorCode status = U_ZERO_ERROR;
  nfkc_casefold().normalizeUTF8(0, valid, sink, nullptr, status);
  MUAI_CHECK(U_SUCCESS(status));
  return out;
}

std::string to_half_width(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (Utf8Cursor at(text); !at.done(); at.next()) {
    char32_t c = at.value();
    if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;
    if (c == 0x3000) c = ' ';
    append_utf8(out, c);
  }
  return out;
}

std::string strip_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  char32_t before = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = decode_utf8(text, at);
    const char32_t c = point.value;
    at += point.size;
    if (c == 0x1B) {
      at = escape_end(text, at);
    } else if (c >= 0x80 && c < 0xA0) {
      at = c1_end(text, c, at);
    } else if (!is_deceptive(c) || joins(c, before)) {
      append_utf8(out, c);
      before = c;
    }
  }
  return out;
}

std::string_view icu_version() { return U_ICU_VERSION; }

}  // namespace muai
