#pragma once

// Terms for ranking sentences: the tokenizer's, and words whose forms no stemmer brings together
// made one (built and build, two and 2, colour and color, French and France). Private to the
// extractive backend; indexes keep the tokenizer's terms.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace muai {

// One term for all forms of a word; `term` as the tokenizer gives it. Thread-safe.
std::string_view base_form(std::string_view term);

// The other terms of the same word: of "build" that of "built", and the other way round. Views that
// live as long as the program. Thread-safe.
std::span<const std::string_view> other_forms(std::string_view term);

// The terms of a text without stop words, in base form.
std::vector<std::string> content_terms(std::string_view text);

}  // namespace muai
