#include "trace/json_text.h"

#include <simdjson.h>

#include <array>
#include <charconv>
#include <cmath>

#include "muai/text/utf8.h"

#ifdef __SSE2__
#include <immintrin.h>
#endif

// Sixteen bytes are copied at a time for as long as they need no escape; only the byte that stopped
// the copy is looked at one by one.

namespace muai {

namespace {

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

// Copies the plain ASCII at the front of `text` to `out`, which has room for text.size() + 16
// bytes; returns how many bytes it was.
std::size_t copy_plain(std::string_view text, char* out) {
  std::size_t i = 0;
#ifdef __SSE2__
  for (; i + 16 <= text.size(); i += 16) {
    const __m128i chunk = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), chunk);
    // Signed compare: bytes from 0x80 are negative, so "below 0x20" covers them too.
    const __m128i special = _mm_or_si128(_mm_cmplt_epi8(chunk, _mm_set1_epi8(0x20)),
                                         _mm_or_si128(_mm_cmpeq_epi8(chunk, _mm_set1_epi8('"')),
                                                      _mm_cmpeq_epi8(chunk, _mm_set1_epi8('\\'))));
    const auto found = static_cast<unsigned>(_mm_movemask_epi8(special));
    if (found != 0) return i + static_cast<std::size_t>(__builtin_ctz(found));
  }
#endif
  for (; i < text.size() && is_plain(text[i]); ++i) out[i] = text[i];
  return i;
}

// The escape of one byte that needs one, into `out`; returns its length, at most 6.
std::size_t write_escape(char c, char* out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out[0] = '\\';
  switch (c) {
    case '"': out[1] = '"'; return 2;
    case '\\': out[1] = '\\'; return 2;
    case '\n': out[1] = 'n'; return 2;
    case '\r': out[1] = 'r'; return 2;
    case '\t': out[1] = 't'; return 2;
    case '\b': out[1] = 'b'; return 2;
    case '\f': out[1] = 'f'; return 2;
    default: break;
  }
  const auto byte = static_cast<unsigned char>(c);
  std::memcpy(out + 1, "u00", 3);
  out[4] = kHex[byte >> 4];
  out[5] = kHex[byte & 15];
  return 6;
}

std::size_t sequence_bytes(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0xE0) return 2;
  return byte < 0xF0 ? 3 : 4;
}

}  // namespace

void JsonText::grow(std::size_t needed) {
  const std::size_t capacity = std::max(needed + 64, capacity_ * 2);
  auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
  if (size_ != 0) std::memcpy(bytes.get(), bytes_.get(), size_);
  bytes_ = std::move(bytes);
  capacity_ = capacity;
}

bool JsonText::string(std::string_view text, std::size_t escaped_bytes_max) {
  ensure(text.size() + 32);
  bytes_[size_++] = '"';
  const std::size_t plain = copy_plain(text, bytes_.get() + size_);
  if (plain == text.size() && plain <= escaped_bytes_max) [[likely]] {
    size_ += plain;
    bytes_[size_++] = '"';
    return true;
  }
  const std::size_t end_max = escaped_bytes_max == SIZE_MAX ? SIZE_MAX : size_ + escaped_bytes_max;
  const bool is_valid = simdjson::validate_utf8(text.data(), text.size());
  const bool is_whole = is_valid ? escaped(text, end_max) : escaped(to_valid_utf8(text), end_max);
  raw("\"");
  return is_whole;
}

// `text` is valid UTF-8; writing stops before `end_max` is passed.
bool JsonText::escaped(std::string_view text, std::size_t end_max) {
  std::size_t i = 0;
  while (i < text.size()) {
    ensure(text.size() - i + 32);
    std::size_t plain = copy_plain(text.substr(i), bytes_.get() + size_);
    if (plain > end_max - size_) {
      size_ = end_max;
      return false;
    }
    size_ += plain;
    i += plain;
    if (i >= text.size()) break;
    const char c = text[i];
    std::size_t taken = 1;
    std::size_t given = 0;
    if (static_cast<unsigned char>(c) < 0x80) {
      given = write_escape(c, bytes_.get() + size_);
    } else {
      taken = given = sequence_bytes(c);
      std::memcpy(bytes_.get() + size_, text.data() + i, taken);
    }
    if (given > end_max - size_) return false;
    size_ += given;
    i += taken;
  }
  return true;
}

void JsonText::number(std::int64_t value) {
  ensure(24);
  char* begin = bytes_.get() + size_;
  size_ += static_cast<std::size_t>(std::to_chars(begin, begin + 24, value).ptr - begin);
}

void JsonText::number(double value) {
  if (!std::isfinite(value)) return raw("null");
  // Times and latencies have at most six decimals. When value * 10^6 is a whole number m below
  // 2^53 and m / 10^6 gives the value back, m's digits are the shortest form: below 9e9 no two
  // multiples of 10^-6 are within one rounding of each other. Ten times faster than to_chars.
  constexpr double kScale = 1e6;
  constexpr double kMax = 9e9;
  if (value > -kMax && value < kMax && !(value == 0 && std::signbit(value))) {
    const double scaled = value * kScale;
    const auto whole = static_cast<std::int64_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    if (static_cast<double>(whole) / kScale == value) {
      const std::int64_t integer = whole / 1'000'000;
      auto fraction = static_cast<std::uint32_t>(std::abs(whole % 1'000'000));
      if (integer == 0 && whole < 0) raw("-");
      number(integer);
      if (fraction == 0) return;
      ensure(8);
      char* out = bytes_.get() + size_;
      out[0] = '.';
      for (std::size_t i = 6; i > 0; --i, fraction /= 10) {
        out[i] = static_cast<char>('0' + fraction % 10);
      }
      std::size_t length = 7;
      while (out[length - 1] == '0') --length;
      size_ += length;
      return;
    }
  }
  ensure(32);
  char* begin = bytes_.get() + size_;
  size_ += static_cast<std::size_t>(std::to_chars(begin, begin + 32, value).ptr - begin);
}

}  // namespace muai
