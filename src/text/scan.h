#pragma once

// Small scanning steps shared by the sentence, Markdown and key point scanners.

#include <cstddef>
#include <string_view>

#include "muai/core/byte_span.h"

namespace muai {

// White space of any script, zero-width and byte order mark included.
bool is_blank(char32_t code_point);

inline bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_ascii_upper(char c) { return c >= 'A' && c <= 'Z'; }
inline bool is_ascii_lower(char c) { return c >= 'a' && c <= 'z'; }
inline bool is_ascii_letter(char c) { return is_ascii_upper(c) || is_ascii_lower(c); }
inline bool is_ascii_blank(char c) { return c == ' ' || c == '\t'; }

// The first offset in [at, end) that is not blank; `end` when all are.
std::size_t skip_blanks(std::string_view text, std::size_t at, std::size_t end);

// The first offset in [at, end) that is neither a space nor a tab.
std::size_t skip_spaces(std::string_view text, std::size_t at, std::size_t end);

// The span without blanks at its ends; empty, at its end, when all is blank.
ByteSpan trim(std::string_view text, ByteSpan span);

// The end of a citation mark "[12]" (1 to 18 digits) that begins at `at`; `at` when none does.
std::size_t citation_end(std::string_view text, std::size_t at, std::size_t end);

// The end of the line that begins at `at`: the offset of its '\n', or text.size().
std::size_t line_end(std::string_view text, std::size_t at);

// True when the code point is a letter or a decimal digit.
bool is_letter_or_digit(char32_t code_point);

}  // namespace muai
