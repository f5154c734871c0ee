#pragma once

// A candidate of the second look, read: its tokens, and where in its body the query's terms stand.

#include <cstdint>
#include <optional>
#include <vector>

#include "muai/core/result.h"
#include "muai/store/passage_store.h"
#include "muai/store/token_stream.h"
#include "rag/ranking.h"
#include "rag/term_table.h"

namespace muai {

// Of one of the query's terms in a body.
struct Occurrence {
  std::uint32_t term;      // its number in the TermTable
  std::uint32_t position;  // in tokens
  std::uint32_t sentence;
};

struct ReadCandidate {
  RankedPassage ranked;
  TokenStream tokens;
  std::vector<Occurrence> in_body;
  std::uint32_t length = 0;       // of the body, in positions
  Script script = Script::Other;  // of the body
};

// Nothing when the passage is no longer stored.
Result<std::optional<ReadCandidate>> read_candidate(PassageStore& store, std::int64_t passage_id,
                                                    const TermTable& table);

}  // namespace muai
