#pragma once

// The one sentence splitter. Citations, summaries, answers and lessons all use it, so that they
// agree on what a sentence is.

#include <cstddef>
#include <string_view>
#include <vector>

#include "muai/core/byte_span.h"

namespace muai {

// A longer sentence is cut at the last blank before this many code points, or right there.
inline constexpr std::size_t kSentenceCodePointsMax = 2'000;

// The sentences of `text`, in order, without overlap and without blanks at their ends; every
// non-blank character is in exactly one. English and Chinese rules hold at once, so mixed text
// needs no choice.
//
// A sentence ends after . ! ? … 。 ！ ？ ； with the quotes and brackets that close there and the
// citation marks that follow on the same line ("It is. [1][2]"). It does not end after an
// abbreviation ("Dr.", "e.g.", "vol."), initials, or inside decimals, versions, file names and
// URLs. A blank line ends a sentence; a single newline does not, except around a heading, list
// item, quote or table row, each of which is a line of its own. A table row ("| x | y |", or lines
// with " | " below each other) and a line inside a fenced code block are not split further. What a
// colon and a blank line introduce is a list where its lines cannot have been wrapped: each of them
// is an item.
//
// Linear time; any bytes may be passed. Thread-safe.
std::vector<ByteSpan> split_sentences(std::string_view text);

}  // namespace muai
