#pragma once

// Columns that a text takes on a terminal: East Asian wide and full-width characters and emoji
// take 2, ambiguous ones 1, combining marks and controls 0. A sequence joined by U+200D, or made
// wide by U+FE0F, takes 2. Widths add up when texts meet at a grapheme boundary.
// Any bytes may be passed; a broken sequence takes 1, as the U+FFFD shown for it does. Thread-safe.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace muai {

std::size_t display_width(std::string_view text);

// `text` when it fits, else its longest beginning that fits together with a final "…". Never
// wider than `columns`; never cuts a grapheme.
std::string truncate_to_width(std::string_view text, std::size_t columns);

// `text` followed by blanks up to `columns`; unchanged when it is as wide already.
std::string pad_to_width(std::string_view text, std::size_t columns);

// Lines of at most `columns` (taken as at least 2), broken at blanks and beside wide characters,
// and within a word only when the word alone is too wide. Newlines of the text stay line ends;
// blanks at a break vanish. A closing mark (，。」) does not begin a line if it can be avoided.
std::vector<std::string> wrap_to_width(std::string_view text, std::size_t columns);

}  // namespace muai
