#pragma once

// Whether an index says what the stored passages are.

#include "muai/core/result.h"
#include "muai/store/database.h"

namespace muai {

// Every passage is in the index and no other, its tokens are stored and as many as the index says,
// segments are in order, and lists hold as many postings as they should. Corrupt otherwise.
Result<void> check_index(Database& database);

}  // namespace muai
