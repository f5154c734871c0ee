#include "trace/json_text.h"

#include <simdjson.h>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>

#include "muai/text/utf8.h"
#include "trace/byte_block.h"

// Sixteen bytes are copied at a time for as long as they need no escape; only the byte that stopped
// the copy is looked at one by one.

namespace muai {

namespace {

#ifdef MUAI_TRACE_BLOCKS

// Stores a block; returns the bits of its bytes that are not plain ASCII.
unsigned store_block(__m128i block, char* to) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), block);
  // Signed compare: bytes from 0x80 are negative, so "below 0x20" covers them too.
  const __m128i special = _mm_or_si128(_mm_cmplt_epi8(block, _mm_set1_epi8(0x20)),
                                       _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')),
                                                    _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'))));
  return static_cast<unsigned>(_mm_movemask_epi8(special));
}

#else

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

#endif

// Copies the plain ASCII at the front of `text` to `out`, which has room for text.size() + 16
// bytes; returns how many bytes it was.
std::size_t copy_plain(std::string_view text, char* out) {
  std::size_t i = 0;
#ifdef MUAI_TRACE_BLOCKS
  const std::size_t size = text.size();
  for (; i + 16 <= size; i += 16) {
    if (const unsigned found = store_block(load_block(text.data() + i), out + i); found != 0) {
      return i + static_cast<std::size_t>(std::countr_zero(found));
    }
  }
  if (i == size) return size;
  unsigned found = 0;
  if (size >= 16) {  // the last 16 bytes: those before `i` are plain and copied again
    i = size - 16;
    found = store_block(load_block(text.data() + i), out + i);
  } else {
    found = store_block(load_part(text.data(), size), out) & ((1u << size) - 1);
  }
  return found == 0 ? size : i + static_cast<std::size_t>(std::countr_zero(found));
#else
  for (; i < text.size() && is_plain(text[i]); ++i) out[i] = text[i];
  return i;
#endif
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

// "00" to "99".
constexpr std::array<std::array<char, 2>, 100> kPairs = [] {
  std::array<std::array<char, 2>, 100> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    pairs[i] = {static_cast<char>('0' + i / 10), static_cast<char>('0' + i % 10)};
  }
  return pairs;
}();

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
      const auto fraction = static_cast<std::uint32_t>(std::abs(whole % 1'000'000));
      if (integer == 0 && whole < 0) raw("-");
      number(integer);
      if (fraction == 0) return;
      ensure(8);
      char* out = bytes_.get() + size_;
      out[0] = '.';
      std::memcpy(out + 1, kPairs[fraction / 10'000].data(), 2);
      std::memcpy(out + 3, kPairs[fraction / 100 % 100].data(), 2);
      std::memcpy(out + 5, kPairs[fraction % 100].data(), 2);
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
