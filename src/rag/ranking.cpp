#include "rag/ranking.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "rag/first_look.h"
#include "rag/second_look.h"

namespace muai {
namespace {

// Candidates of the vectors that the words did not find.
void add_near(FirstLook& look, const std::vector<NearPassage>& near) {
  for (const NearPassage& passage : near) {
    const bool is_known = std::ranges::any_of(look.candidates, [&](const Candidate& candidate) {
      return candidate.passage_id == passage.passage_id;
    });
    if (!is_known) look.candidates.push_back({passage.passage_id, 0});
  }
}

// Words and vectors are added up, both on the scale of the best score of words.
void fuse(std::vector<RankedPassage>& ranked, const std::vector<NearPassage>& near,
          const RankingModel& model) {
  std::unordered_map<std::int64_t, double> cosines;
  for (const NearPassage& passage : near) cosines.emplace(passage.passage_id, passage.cosine);
  const double highest = near.front().cosine;
  const double lowest = near.back().cosine;
  double best = 0;
  for (const RankedPassage& passage : ranked) best = std::max(best, passage.score);
  const double scale = model.vector_weight * (best > 0 ? best : 1);
  for (RankedPassage& passage : ranked) {
    const auto cosine = cosines.find(passage.passage_id);
    if (cosine == cosines.end()) continue;
    const double share = highest > lowest ? (cosine->second - lowest) / (highest - lowest) : 1;
    passage.why.vector = scale * share;
    passage.score += passage.why.vector;
  }
  std::ranges::sort(ranked, [](const RankedPassage& a, const RankedPassage& b) {
    return a.score != b.score ? a.score > b.score : a.passage_id < b.passage_id;
  });
}

}  // namespace

Result<std::vector<RankedPassage>> rank_passages(PassageStore& store, const RankingRequest& request,
                                                 const RankingModel& model) {
  MUAI_TRY(const ReadScope reading, store.begin_reading());
  MUAI_TRY(FirstLook look, first_look(store, request.query, request.limit, model));
  add_near(look, request.near);
  MUAI_TRY(std::vector<RankedPassage> ranked, second_look(store, look, request.reasons, model));
  if (!request.near.empty()) fuse(ranked, request.near, model);
  if (ranked.size() > request.limit) ranked.resize(request.limit);
  return ranked;
}

}  // namespace muai
