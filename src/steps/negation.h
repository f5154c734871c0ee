#pragma once

// Whether two sentences with the same words say opposite things. Private to the steps.

#include <string_view>

namespace muai {

// True when the claim negates and the evidence nowhere does, or when the evidence negates a word
// that the claim affirms. English and Chinese. A test of words: it errs in both directions.
bool contradicts(std::string_view evidence, std::string_view claim);

}  // namespace muai
