#pragma once

// The FTS5 auxiliary function behind PassageStore::match.

#include <span>
#include <string>
#include <vector>

#include "muai/core/result.h"
#include "muai/store/passage_store.h"

struct sqlite3;

namespace muai {

// What muai_match(passage_index, ?) calls for each row; passed as an SQLite pointer value.
class MatchVisit {
 public:
  MatchVisit(std::span<const std::string> terms, const MatchVisitor& visitor);

  // The MATCH expression: any of the terms.
  const std::string& expression() const { return expression_; }

  void visit(const void* fts_api, void* fts_context) const {
    visitor_(MatchRow(fts_api, fts_context, phrases_));
  }

 private:
  std::string expression_;
  std::vector<int> phrases_;
  const MatchVisitor& visitor_;
};

// Type name of the pointer value.
inline constexpr const char* kMatchVisitPointer = "muai-match-visit";

Result<void> register_match_function(sqlite3* database);

}  // namespace muai
