#pragma once

// What remains of an answer that a model wrote when every sentence is held to its sources.
//
// A sentence is upheld by a source when some one to three neighbouring sentences of it hold at
// least 80 % of the sentence's content words (folded and stemmed, CJK bigrams), every number and
// every name in it, and do not negate what it affirms or the other way round. This is a test of
// words: a swapped role ("A beat B" for "B beat A") passes.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "muai/steps/cited_answer.h"

namespace muai {

struct CheckedAnswer {
  // The upheld sentences in their order and layout (headings, list items), each with the [N] of the
  // sources that uphold it, numbered as compose_answer does; the spans are the sentences of the
  // sources that do. Empty when nothing was upheld.
  CitedAnswer answer;
  bool says_not_found = false;       // the answer said that the sources do not hold one
  std::size_t marks_removed = 0;     // [N] that named no source
  std::size_t recited = 0;           // sentences that another source upholds than they said
  std::vector<std::string> dropped;  // sentences that no source upholds
};

// Checks `text` whose marks [N] count `sources` from 1. `question` decides among equally good
// places. Everything that is no key point (muai/text/key_points.h) is left out but headings above
// what remains. Takes time linear in the sources for each sentence. Thread-safe.
CheckedAnswer check_answer(std::string_view text, std::string_view question,
                           std::span<const CitableSource> sources);

}  // namespace muai
