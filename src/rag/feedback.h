#pragma once

// Pseudo-relevance feedback: which further terms the first passages of a ranking are about.

#include <span>
#include <vector>

#include "muai/core/result.h"
#include "muai/store/passage_store.h"
#include "rag/first_look.h"
#include "rag/ranking.h"
#include "rag/read_candidate.h"

namespace muai {

// Terms that at least two of the first passages hold and the query does not say, the heaviest
// first; none when the first passages do not agree (RankingModel::feedback_agreement). `first` is
// best first. Stop words, numbers, and CJK characters beside their bigrams are never among them,
// nor terms that only pending passages hold.
Result<std::vector<AskedTerm>> feedback_terms(PassageStore& store, const FirstLook& look,
                                              std::span<const ReadCandidate* const> first,
                                              const RankingModel& model);

}  // namespace muai
