#pragma once

// ASCII letters and white space as HTML and HTTP define them, free of locales.

#include <algorithm>
#include <string>
#include <string_view>

namespace muai {

constexpr bool ascii_is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}
constexpr bool ascii_is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr bool ascii_is_letter(char c) { return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'; }

inline std::string ascii_lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return ascii_lower(c); });
  return out;
}

constexpr std::string_view ascii_trim(std::string_view text) {
  while (!text.empty() && ascii_is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && ascii_is_space(text.back())) text.remove_suffix(1);
  return text;
}

constexpr bool ascii_equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

}  // namespace muai
