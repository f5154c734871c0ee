#pragma once

// The second look of the ranking: the best passages are read, and what their text shows decides.
//
// - BM25F and coverage again, from the text itself.
// - Proximity, after Buettcher, Clarke and Lushman, "Term proximity scoring for ad-hoc retrieval"
//   (2006): each close pair of neighbouring query words adds to an accumulator that is damped like
//   a term frequency; CJK bigrams need none, they are neighbours by nature.
// - Sentence: how much of the query (of its idf, to the power 1.5) stands in one sentence.
// - Gathering: how much of the query stands around one place, to the power 3: a passage that
//   answers a question has nearly all of it there, and only then it counts (gathering.h).
// - Phrases: neighbouring words of the query that are neighbours here too, stop words among them
//   (phrases.h).
// - Naming: how exactly title or heading name what is asked (naming.h).
// - Feedback, after Lavrenko and Croft's relevance models: words that the first passages share are
//   added to the query with a small weight, and the passages are ordered again. Their part is added
//   after all others.

#include <vector>

#include "muai/core/result.h"
#include "muai/store/passage_store.h"
#include "rag/first_look.h"
#include "rag/ranking.h"

namespace muai {

// The candidates of `look`, read and scored anew, best first; equal scores in order of id. Those
// that are no longer stored are left out.
Result<std::vector<RankedPassage>> second_look(PassageStore& store, const FirstLook& look,
                                               Reasons reasons, const RankingModel& model);

}  // namespace muai
