#include "text/scan.h"

#include <unicode/uchar.h>

#include "muai/text/utf8.h"

namespace muai {

bool is_blank(char32_t c) {
  if (c <= 0x20) return c == ' ' || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F);
  if (c < 0x1680) return c == 0x85 || c == 0xA0;
  return c == 0x1680 || (c >= 0x2000 && c <= 0x200B) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x2060 || c == 0x3000 || c == 0xFEFF;
}

std::size_t skip_blanks(std::string_view text, std::size_t at, std::size_t end) {
  while (at < end) {
    const CodePoint point = decode_utf8(text, at);
    if (!is_blank(point.value)) break;
    at += point.size;
  }
  return at < end ? at : end;
}

std::size_t skip_spaces(std::string_view text, std::size_t at, std::size_t end) {
  while (at < end && is_ascii_blank(text[at])) ++at;
  return at;
}

ByteSpan trim(std::string_view text, ByteSpan span) {
  span.begin = skip_blanks(text, span.begin, span.end);
  while (span.begin < span.end) {
    const std::size_t last = boundary_before(text.substr(0, span.end), span.end - 1);
    if (!is_blank(decode_utf8(text.substr(0, span.end), last).value)) break;
    span.end = last;
  }
  return span;
}

std::size_t citation_end(std::string_view text, std::size_t at, std::size_t end) {
  if (at >= end || text[at] != '[') return at;
  std::size_t digits = at + 1;
  while (digits < end && digits - at <= 18 && is_ascii_digit(text[digits])) ++digits;
  if (digits == at + 1 || digits >= end || text[digits] != ']') return at;
  return digits + 1;
}

std::size_t line_end(std::string_view text, std::size_t at) {
  const std::size_t newline = text.find('\n', at);
  return newline == std::string_view::npos ? text.size() : newline;
}

bool is_letter_or_digit(char32_t c) {
  if (c < 0x80)
    return is_ascii_letter(static_cast<char>(c)) || is_ascii_digit(static_cast<char>(c));
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & (U_GC_L_MASK | U_GC_ND_MASK)) != 0;
}

}  // namespace muai
