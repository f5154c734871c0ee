#include "rag/read_candidate.h"

#include <utility>

namespace muai {
namespace {

void find_occurrences(const TermTable& table, ReadCandidate& candidate) {
  std::uint32_t position = 0;
  std::uint32_t sentence = 0;
  bool is_first = true;
  for (const TokenCode token : candidate.tokens.field(Field::Body)) {
    if (!is_first && !token.is(TokenCode::SamePosition)) ++position;
    if (token.is(TokenCode::Begins)) ++sentence;
    is_first = false;
    const std::size_t term = table.find(token.term());
    if (term == TermTable::kNone) continue;
    candidate.in_body.push_back({static_cast<std::uint32_t>(term), position, sentence});
  }
  candidate.length = is_first ? 0 : position + 1;
}

}  // namespace

Result<std::optional<ReadCandidate>> read_candidate(PassageStore& store, std::int64_t passage_id,
                                                    const TermTable& table) {
  MUAI_TRY(std::optional<TokenStream> tokens, store.tokens_of(passage_id));
  if (!tokens) return std::nullopt;
  std::optional<ReadCandidate> candidate(std::in_place);
  candidate->ranked.passage_id = passage_id;
  candidate->tokens = std::move(*tokens);
  candidate->script = candidate->tokens.passage_length().script();
  find_occurrences(table, *candidate);
  return candidate;
}

}  // namespace muai
