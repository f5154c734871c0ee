#include "net/percent.h"

#include <array>
#include <cstddef>

namespace muai {
namespace {

// One bit per set for each byte.
constexpr std::uint8_t bit(PercentSet set) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(set));
}

constexpr std::array<std::uint8_t, 256> make_table() {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    if (c < 0x20 || c > 0x7E) table[c] = 0xFF;
  }
  const auto mark = [&table](std::string_view bytes, std::uint8_t sets) {
    for (const char c : bytes) table[static_cast<unsigned char>(c)] |= sets;
  };
  const std::uint8_t path = bit(PercentSet::Path) | bit(PercentSet::Userinfo);
  const std::uint8_t query = bit(PercentSet::Query) | bit(PercentSet::SpecialQuery) | path;
  mark(" \"<>", bit(PercentSet::Fragment) | query);
  mark("`", bit(PercentSet::Fragment) | path);
  mark("#", query);
  mark("'", bit(PercentSet::SpecialQuery));
  mark("?^{}", path);
  mark("/:;=@[\\]|", bit(PercentSet::Userinfo));
  return table;
}

constexpr std::array<std::uint8_t, 256> kTable = make_table();
constexpr std::string_view kHex = "0123456789ABCDEF";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The bounds of the second byte of a sequence that starts with `lead`; 0 length: no lead byte.
struct Sequence {
  int length = 0;
  unsigned char second_min = 0x80;
  unsigned char second_max = 0xBF;
};

Sequence sequence_of(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return {2};
  if (lead == 0xE0) return {3, 0xA0};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {3};
  if (lead == 0xF0) return {4, 0x90};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  if (lead >= 0xF1 && lead <= 0xF3) return {4};
  return {};
}

}  // namespace

void percent_encode(std::string_view text, PercentSet set, std::string& out) {
  const std::uint8_t mask = bit(set);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((kTable[byte] & mask) == 0) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
}

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

std::string utf8_or_replacement(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      out += text[i++];
      continue;
    }
    const Sequence sequence = sequence_of(lead);
    std::size_t end = i + 1;
    unsigned char low = sequence.second_min;
    unsigned char high = sequence.second_max;
    const std::size_t whole = i + static_cast<std::size_t>(sequence.length);
    while (end < whole && end < text.size()) {
      const auto byte = static_cast<unsigned char>(text[end]);
      if (byte < low || byte > high) break;
      low = 0x80;
      high = 0xBF;
      ++end;
    }
    if (sequence.length > 0 && end == whole) {
      out += text.substr(i, end - i);
    } else {
      out += "\xEF\xBF\xBD";
    }
    i = end;
  }
  return out;
}

}  // namespace muai
