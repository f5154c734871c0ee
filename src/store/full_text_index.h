#pragma once

// The full-text index of SQLite that files of the first two versions have beside the passages.

#include "muai/core/result.h"
#include "muai/store/database.h"

namespace muai {

// Drops it where there is one.
Result<void> drop_full_text_index(Database& database);

// SQLite opens such an index only when it knows the tokenizer that the index names; this one is
// never asked for a token.
Result<void> register_tokenizer_name(Database& database);

}  // namespace muai
