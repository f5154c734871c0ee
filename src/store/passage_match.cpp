#include "store/passage_match.h"

#include <sqlite3.h>

#include <cstddef>

#include "muai/core/check.h"
#include "store/sqlite_error.h"
#include "store/tokenizer.h"

namespace muai {
namespace {

const Fts5ExtensionApi& api_of(const void* api) {
  return *static_cast<const Fts5ExtensionApi*>(api);
}

Fts5Context* context_of(void* context) { return static_cast<Fts5Context*>(context); }

// A term as an FTS5 string. Terms hold no blanks, so the string is one phrase of one token.
std::string fts_string(std::string_view term) {
  std::string out = "\"";
  for (const char byte : term) {
    if (byte == '"') out += '"';
    out += byte;
  }
  out += '"';
  return out;
}

void call_visitor(const Fts5ExtensionApi* api, Fts5Context* context, sqlite3_context* result,
                  int argument_count, sqlite3_value** arguments) {
  MUAI_CHECK(argument_count == 1);
  const auto* visit =
      static_cast<const MatchVisit*>(sqlite3_value_pointer(arguments[0], kMatchVisitPointer));
  MUAI_CHECK(visit != nullptr);
  visit->visit(api, context);
  sqlite3_result_null(result);
}

}  // namespace

MatchVisit::MatchVisit(std::span<const std::string> terms, const MatchVisitor& visitor)
    : visitor_(visitor) {
  for (const std::string& term : terms) {
    if (!expression_.empty()) expression_ += " OR ";
    expression_ += fts_string(term);
    phrases_.push_back(static_cast<int>(phrases_.size()));
  }
}

std::int64_t MatchRow::passage_id() const { return api_of(api_).xRowid(context_of(context_)); }

std::array<std::uint32_t, kFieldCount> MatchRow::frequencies(std::size_t term) const {
  std::array<std::uint32_t, kFieldCount> counts{};
  const Fts5ExtensionApi& api = api_of(api_);
  Fts5PhraseIter at;
  int field = 0;
  int position = 0;
  if (api.xPhraseFirst(context_of(context_), phrases_[term], &at, &field, &position) != SQLITE_OK) {
    return counts;
  }
  for (; field >= 0; api.xPhraseNext(context_of(context_), &at, &field, &position)) {
    if (field < static_cast<int>(kFieldCount)) ++counts[static_cast<std::size_t>(field)];
  }
  return counts;
}

void MatchRow::positions(std::size_t term, Field wanted, std::vector<std::uint32_t>& out) const {
  out.clear();
  const Fts5ExtensionApi& api = api_of(api_);
  Fts5PhraseIter at;
  int field = 0;
  int position = 0;
  if (api.xPhraseFirst(context_of(context_), phrases_[term], &at, &field, &position) != SQLITE_OK) {
    return;
  }
  for (; field >= 0; api.xPhraseNext(context_of(context_), &at, &field, &position)) {
    if (field == static_cast<int>(wanted)) out.push_back(static_cast<std::uint32_t>(position));
  }
}

std::uint32_t MatchRow::length(Field field) const {
  int tokens = 0;
  api_of(api_).xColumnSize(context_of(context_), static_cast<int>(field), &tokens);
  return tokens > 0 ? static_cast<std::uint32_t>(tokens) : 0;
}

Result<void> register_match_function(sqlite3* database) {
  MUAI_TRY(fts5_api * api, fts5_of(database));
  if (api->xCreateFunction(api, "muai_match", nullptr, call_visitor, nullptr) != SQLITE_OK) {
    return sqlite_failure(database, "register the match function");
  }
  return {};
}

}  // namespace muai
