#pragma once

// What a word that no passage holds may have meant: a term of the index that is spelt alike.

#include <optional>
#include <string>
#include <string_view>

#include "muai/core/result.h"
#include "muai/store/passage_store.h"

namespace muai {

// A term one edit away (a letter more, less, other, or two exchanged), or one that goes on or ends
// up to three letters apart; the nearest first, then the most frequent. Only for words of at least
// five Latin letters, and only among terms with the same first three. Empty when there is none.
Result<std::optional<TermCount>> spelt_alike(PassageStore& store, std::string_view term);

}  // namespace muai
