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

std::string any_of(std::span<const MatchTerm> terms, bool selecting) {
  std::string out;
  for (const MatchTerm& term : terms) {
    if (term.selects != selecting) continue;
    if (!out.empty()) out += " OR ";
    out += fts_string(term.term);
  }
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

MatchVisit::MatchVisit(std::span<const MatchTerm> terms, const MatchVisitor& visitor)
    : visitor_(visitor) {
  const std::string selecting = any_of(terms, true);
  const std::string others = any_of(terms, false);
  MUAI_CHECK(!selecting.empty());
  expression_ =
      others.empty() ? selecting : selecting + " OR ((" + selecting + ") AND (" + others + "))";
  int selecting_count = 0;
  for (const MatchTerm& term : terms) selecting_count += term.selects ? 1 : 0;
  int next_selecting = 0;
  int next_other = 2 * selecting_count;
  for (const MatchTerm& term : terms) {
    phrases_.push_back(term.selects ? next_selecting++ : next_other++);
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
