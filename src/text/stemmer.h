#pragma once

#include <string_view>

namespace muai {

// The English (Porter 2) stem of a folded word of ASCII letters and apostrophes. The view is
// valid until the next call on this thread; each thread has its own stemmer.
std::string_view stem_english(std::string_view folded_word);

}  // namespace muai
