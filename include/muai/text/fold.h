#pragma once

// One form of a text for comparing, and one for showing. Thread-safe. Any bytes may be passed:
// invalid UTF-8 is first replaced as in to_valid_utf8.

#include <string>
#include <string_view>

namespace muai {

// NFKC case folding (Unicode's NFKC_Casefold): full-width forms become half-width, ligatures are
// taken apart, case is dropped, default-ignorable characters vanish. Use it for comparing, never
// for stored or shown text: lengths and offsets change.
std::string fold(std::string_view text);

// Full-width ASCII (U+FF01-FF5E) and the ideographic blank become ASCII; all else stays.
std::string to_half_width(std::string_view text);

// `text` without what could deceive or drive a terminal or a reader: escape sequences (CSI, OSC
// and the like, with their payload), C0 and C1 controls except newline and tab, bidirectional
// controls, zero-width characters, tag characters (U+E0000-E007F) and the supplementary variation
// selectors. Joiners stay inside emoji sequences and after letters of scripts that need them.
// Use it for everything from outside that is shown on a terminal.
std::string strip_controls(std::string_view text);

// Of the ICU library that is used, "72.1".
std::string_view icu_version();

}  // namespace muai
