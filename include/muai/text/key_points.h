#pragma once

// The statements of an answer that must each be cited, and the marks that cite them.

#include <string_view>
#include <vector>

#include "muai/core/byte_span.h"
#include "muai/text/language.h"

namespace muai {

struct KeyPoint {
  ByteSpan span;           // of the answer; with the marks right after the final mark
  std::vector<int> marks;  // N of each [N] in the span, in order, repeats kept
};

// The key points of a final answer: its sentences and list items (muai/text/sentences.h) that hold
// a letter or digit outside citation marks, except headings, questions, code blocks, the source
// list (a line "Sources", "References", "来源" or "参考..." and all after it) and the sentence of
// not_found_sentence. Linear time; any bytes. Thread-safe.
std::vector<KeyPoint> key_points(std::string_view answer);

// N of every [N] in `text`, in order, repeats kept; not inside `inline code`. [0] counts as a mark
// (an invalid one); a number of more than 9 digits is 999,999,999.
std::vector<int> citation_marks(std::string_view text);

// What an answer says when the sources do not hold it; Other speaks English.
std::string_view not_found_sentence(Language language);

}  // namespace muai
