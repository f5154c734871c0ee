// Runs of ASCII are skipped eight bytes at a time; everything else goes through the one decoder,
// so that all functions agree on what a broken sequence is.
#include "muai/text/utf8.h"

#include <algorithm>
#include <cstring>

namespace muai {
namespace {

constexpr std::uint64_t kHighBits = 0x8080'8080'8080'8080;

// Bytes of ASCII from `at` on, looked at eight at a time.
std::size_t ascii_run(std::string_view text, std::size_t at) {
  const std::size_t begin = at;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & kHighBits) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at - begin;
}

// What may follow a lead byte. The second byte has a narrower range after E0, ED, F0 and F4, which
// is how overlong forms, surrogates and values above U+10FFFF are kept out.
struct Lead {
  std::uint8_t following;
  unsigned char low;
  unsigned char high;
  unsigned char bits;
};

constexpr Lead lead_of(unsigned char byte) {
  if (byte < 0xC2 || byte > 0xF4) return {0, 0, 0, 0};
  if (byte < 0xE0) return {1, 0x80, 0xBF, static_cast<unsigned char>(byte & 0x1F)};
  if (byte < 0xF0) {
    const unsigned char low = byte == 0xE0 ? 0xA0 : 0x80;
    const unsigned char high = byte == 0xED ? 0x9F : 0xBF;
    return {2, low, high, static_cast<unsigned char>(byte & 0x0F)};
  }
  const unsigned char low = byte == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = byte == 0xF4 ? 0x8F : 0xBF;
  return {3, low, high, static_cast<unsigned char>(byte & 0x07)};
}

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

CodePoint decode_utf8(std::string_view text, std::size_t at) {
  if (at >= text.size()) return {};
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return {first, 1, true};
  const Lead lead = lead_of(first);
  if (lead.following == 0) return {kReplacement, 1, false};
  char32_t value = lead.bits;
  unsigned char low = lead.low;
  unsigned char high = lead.high;
  for (std::uint8_t i = 1; i <= lead.following; ++i) {
    if (at + i >= text.size()) return {kReplacement, i, false};
    const auto byte = static_cast<unsigned char>(text[at + i]);
    if (byte < low || byte > high) return {kReplacement, i, false};
    value = (value << 6) | (byte & 0x3F);
    low = 0x80;
    high = 0xBF;
  }
  return {value, static_cast<std::uint8_t>(lead.following + 1), true};
}

bool is_valid_utf8(std::string_view bytes) {
  std::size_t at = 0;
  while (true) {
    at += ascii_run(bytes, at);
    if (at >= bytes.size()) return true;
    const CodePoint point = decode_utf8(bytes, at);
    if (!point.valid) return false;
    at += point.size;
  }
}

std::string to_valid_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  std::size_t copied = 0;
  std::size_t at = 0;
  while (true) {
    at += ascii_run(bytes, at);
    if (at >= bytes.size()) break;
    const CodePoint point = decode_utf8(bytes, at);
    if (!point.valid) {
      out.append(bytes.substr(copied, at - copied));
      append_utf8(out, kReplacement);
      copied = at + point.size;
    }
    at += point.size;
  }
  out.append(bytes.substr(copied));
  return out;
}

void append_utf8(std::string& out, char32_t value) {
  const auto byte = [&out](char32_t bits) { out.push_back(static_cast<char>(bits)); };
  if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) value = kReplacement;
  if (value < 0x80) {
    byte(value);
  } else if (value < 0x800) {
    byte(0xC0 | (value >> 6));
    byte(0x80 | (value & 0x3F));
  } else if (value < 0x10000) {
    byte(0xE0 | (value >> 12));
    byte(0x80 | ((value >> 6) & 0x3F));
    byte(0x80 | (value & 0x3F));
  } else {
    byte(0xF0 | (value >> 18));
    byte(0x80 | ((value >> 12) & 0x3F));
    byte(0x80 | ((value >> 6) & 0x3F));
    byte(0x80 | (value & 0x3F));
  }
}

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  std::size_t at = 0;
  while (true) {
    const std::size_t ascii = ascii_run(text, at);
    at += ascii;
    count += ascii;
    if (at >= text.size()) return count;
    at += decode_utf8(text, at).size;
    ++count;
  }
}

std::size_t code_point_offset(std::string_view text, std::size_t byte_offset) {
  // A sequence cut by the offset is one maximal broken part, so it counts once, as it should.
  return count_code_points(text.substr(0, std::min(byte_offset, text.size())));
}

std::size_t byte_offset(std::string_view text, std::size_t code_points) {
  std::size_t at = 0;
  while (true) {
    const std::size_t ascii = std::min(
        ascii_run(text.substr(0, at + std::min(code_points, text.size() - at)), at), code_points);
    at += ascii;
    code_points -= ascii;
    if (code_points == 0 || at >= text.size()) return at;
    at += decode_utf8(text, at).size;
    --code_points;
  }
}

std::size_t boundary_before(std::string_view text, std::size_t byte_offset) {
  if (byte_offset >= text.size()) return text.size();
  for (std::size_t back = 1; back <= 3 && back <= byte_offset; ++back) {
    if (!is_continuation(text[byte_offset - back + 1])) break;
    const std::size_t lead = byte_offset - back;
    if (is_continuation(text[lead])) continue;
    return decode_utf8(text, lead).size > back ? lead : byte_offset;
  }
  return byte_offset;
}

std::string_view first_code_points(std::string_view text, std::size_t code_points) {
  return text.substr(0, byte_offset(text, code_points));
}

}  // namespace muai
