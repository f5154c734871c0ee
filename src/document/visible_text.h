#pragma once

// Text as a reader sees it: characters without a shape go.

#include <string>
#include <string_view>

namespace muai {

// Appends `text` with runs of white space (non-breaking ones too) as one blank each and without
// soft hyphens. No blank is put at the start of `out` or after another one.
void append_collapsed(std::string& out, std::string_view text);

// Removes what has no shape or steers the display: controls, bidirectional controls, zero-width
// and tag characters. Copies only when there is something to remove.
std::string without_invisible(std::string text);

// True when zero-width characters stand between so many letters that the text was written to be
// read by programs and not by people.
bool is_laced_with_invisible(std::string_view text);

}  // namespace muai
