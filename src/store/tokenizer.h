#pragma once

// The FTS5 tokenizer `muai`.

#include "muai/core/result.h"

struct sqlite3;
struct fts5_api;

namespace muai {

// FTS5's entry points of this connection. Io when SQLite was built without FTS5.
Result<fts5_api*> fts5_of(sqlite3* database);

// Documents are cut by for_each_token, every CJK character also alone. Queries are not analysed
// again: they are taken as terms already, separated by blanks, because a stem need not be its own
// stem.
Result<void> register_tokenizer(sqlite3* database);

}  // namespace muai
