#pragma once

// SQLite result codes as MuAI errors.

#include <source_location>
#include <string_view>

#include "muai/core/result.h"

struct sqlite3;

namespace muai {

// The error of the last failed call on `database` (never null): the kind is decided here and
// nowhere else. `doing` completes "cannot ...": "write the document".
std::unexpected<Error> sqlite_failure(sqlite3* database, std::string_view doing,
                                      std::source_location where = std::source_location::current());

}  // namespace muai
