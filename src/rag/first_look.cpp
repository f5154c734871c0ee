// Every passage that holds a term gets its exact score; nothing is skipped. Terms with a list are
// added up slot by slot in two arrays. The few passages of the other terms, and the passages that
// came after the lists were made, are read from the full-text index and get slots behind the
// listed ones.

#include "rag/first_look.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>

#include "muai/text/language.h"
#include "rag/spelling.h"

namespace muai {
namespace {

// One passage of the full-text index that holds a term.
struct IndexHit {
  std::uint32_t row = 0;  // number in IndexHits::ids
  std::array<std::uint32_t, kFieldCount> counts{};
};

struct IndexHits {
  std::vector<std::int64_t> ids;
  std::vector<std::uint32_t> lengths;
  std::vector<std::vector<IndexHit>> of_term;  // by number of the query's term
};

// Reads the hits of the terms with the given numbers in passages after `after_id`.
Result<void> read_hits(PassageStore& store, const AskedTerms& asked,
                       const std::vector<std::size_t>& numbers, std::int64_t after_id,
                       IndexHits& hits) {
  if (numbers.empty()) return {};
  std::vector<std::string> terms;
  for (const std::size_t number : numbers) terms.push_back(asked.terms[number].term);
  return store.match(terms, after_id, [&](const MatchRow& row) {
    const auto row_number = static_cast<std::uint32_t>(hits.ids.size());
    hits.ids.push_back(row.passage_id());
    hits.lengths.push_back(row.length(Field::Body));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const auto counts = row.frequencies(i);
      if (counts[0] + counts[1] + counts[2] > 0) {
        hits.of_term[numbers[i]].push_back({row_number, counts});
      }
    }
  });
}

class Scores {
 public:
  Scores(const ListedPassages& listed, const IndexHits& hits, const Saturation& saturation,
         const RankingModel& model)
      : listed_(listed), hits_(hits), model_(model), k1_(static_cast<float>(saturation.k1)) {
    for (std::size_t packed = 0; packed < 256; ++packed) {
      frequency_of_[packed] = weighted(FieldCounts(static_cast<std::uint8_t>(packed)).by_field());
    }
    std::uint32_t longest = 0;
    for (const std::uint16_t length : listed.lengths)
      longest = std::max<std::uint32_t>(longest, length);
    for (std::uint32_t length = 0; length <= longest; ++length) {
      norm_of_length_.push_back(norm(saturation, length));
    }
    place_rows(saturation);
    scores_.resize(listed.ids.size() + later_ids_.size());
  }

  void add(double weight, const TermList* list, const std::vector<IndexHit>& hits) {
    const auto gain = static_cast<float>(weight) * (k1_ + 1);
    if (list != nullptr) {
      const std::size_t listed = listed_.ids.size();
      list->for_each([&](std::uint32_t slot, FieldCounts counts) {
        if (slot >= listed) return;
        const float frequency = frequency_of_[counts.packed()];
        scores_[slot] += gain * frequency / (frequency + norm_of_length_[listed_.lengths[slot]]);
      });
    }
    for (const IndexHit& hit : hits) {
      const float frequency = weighted(hit.counts);
      scores_[slot_of_row_[hit.row]] += gain * frequency / (frequency + norm_of_row_[hit.row]);
    }
  }

  std::vector<Candidate> best(std::size_t limit) {
    for (const std::uint32_t slot : listed_.removed) scores_[slot] = 0;
    std::vector<Candidate> heap;
    const auto better = [](const Candidate& a, const Candidate& b) {
      return a.score != b.score ? a.score > b.score : a.passage_id < b.passage_id;
    };
    float worst = 0;  // what a score must be above
    constexpr std::size_t kStride = 16;
    for (std::size_t begin = 0; begin < scores_.size(); begin += kStride) {
      const std::span<const float> stride(scores_.data() + begin,
                                          std::min(kStride, scores_.size() - begin));
      if (!any_above(stride, worst)) continue;
      for (std::size_t slot = begin; slot < begin + stride.size(); ++slot) {
        if (scores_[slot] <= worst) continue;
        heap.push_back({id_of(slot), scores_[slot]});
        std::ranges::push_heap(heap, better);
        if (heap.size() <= limit) continue;
        std::ranges::pop_heap(heap, better);
        heap.pop_back();
        worst = static_cast<float>(heap.front().score);
      }
    }
    std::ranges::sort(heap, better);
    return heap;
  }

 private:
  static bool any_above(std::span<const float> scores, float bound) {
    int above = 0;
    for (const float score : scores) above |= score > bound ? 1 : 0;
    return above != 0;
  }

  float weighted(const std::array<std::uint32_t, kFieldCount>& counts) const {
    return static_cast<float>(model_.title_weight * counts[0] + model_.heading_weight * counts[1] +
                              counts[2]);
  }

  static float norm(const Saturation& saturation, double length) {
    return static_cast<float>(saturation.k1 *
                              (1 - saturation.b + saturation.b * length / saturation.mean_length));
  }

  // Rows of listed passages go to their slot; the others get new ones, each id one.
  void place_rows(const Saturation& saturation) {
    std::unordered_map<std::int64_t, std::size_t> later;
    for (std::size_t row = 0; row < hits_.ids.size(); ++row) {
      const std::int64_t id = hits_.ids[row];
      norm_of_row_.push_back(norm(saturation, hits_.lengths[row]));
      if (id <= listed_.last_id) {
        const auto at = std::ranges::lower_bound(listed_.ids, id);
        if (at != listed_.ids.end() && *at == id) {
          slot_of_row_.push_back(static_cast<std::size_t>(at - listed_.ids.begin()));
          continue;
        }
      }
      const auto [place, is_new] = later.emplace(id, listed_.ids.size() + later_ids_.size());
      if (is_new) later_ids_.push_back(id);
      slot_of_row_.push_back(place->second);
    }
  }

  std::int64_t id_of(std::size_t slot) const {
    const std::size_t listed = listed_.ids.size();
    return slot < listed ? listed_.ids[slot] : later_ids_[slot - listed];
  }

  const ListedPassages& listed_;
  const IndexHits& hits_;
  const RankingModel& model_;
  float k1_;
  std::array<float, 256> frequency_of_{};
  std::vector<float> norm_of_length_;
  std::vector<float> norm_of_row_;
  std::vector<float> scores_;  // by slot
  std::vector<std::size_t> slot_of_row_;
  std::vector<std::int64_t> later_ids_;
};

// The query's terms with where they occur.
struct Located {
  AskedTerms asked;
  std::vector<std::optional<TermList>> lists;
  IndexHits hits;
};

// Words that no passage holds, and that are spelt like one that some do, become that one.
Result<void> respell(PassageStore& store, Located& located, const RankingModel& model) {
  std::vector<std::size_t> rare;
  for (std::size_t i = 0; i < located.asked.terms.size(); ++i) {
    AskedTerm& term = located.asked.terms[i];
    if (located.lists[i] || !located.hits.of_term[i].empty()) continue;
    MUAI_TRY(const std::optional<TermCount> alike, spelt_alike(store, term.term));
    if (!alike) continue;
    const bool is_asked = std::ranges::any_of(
        located.asked.terms, [&](const AskedTerm& other) { return other.term == alike->term; });
    if (is_asked) continue;
    term.asked = std::exchange(term.term, alike->term);
    term.weight *= model.spelling_weight;
    MUAI_TRY(located.lists[i], store.find_list(term.term));
    if (!located.lists[i]) rare.push_back(i);
  }
  return read_hits(store, located.asked, rare, 0, located.hits);
}

Result<Located> locate(PassageStore& store, std::string_view query, const ListedPassages& listed,
                       const RankingModel& model) {
  Located located;
  located.asked = asked_terms(query);
  const std::size_t count = located.asked.terms.size();
  located.hits.of_term.resize(count);
  std::vector<std::size_t> rare;
  std::vector<std::size_t> frequent;
  for (std::size_t i = 0; i < count; ++i) {
    MUAI_TRY(std::optional<TermList> list, store.find_list(located.asked.terms[i].term));
    (list ? frequent : rare).push_back(i);
    located.lists.push_back(std::move(list));
    if (located.asked.terms[i].is_extra) {
      located.asked.terms[i].weight *= model.cjk_character_weight;
    }
  }
  MUAI_TRY_VOID(read_hits(store, located.asked, rare, 0, located.hits));
  MUAI_TRY_VOID(read_hits(store, located.asked, frequent, listed.last_id, located.hits));
  MUAI_TRY_VOID(respell(store, located, model));
  return located;
}

bool is_cjk_query(const AskedTerms& asked) {
  std::size_t cjk = 0;
  for (const AskedTerm& term : asked.terms) cjk += has_cjk(term.term) ? 1 : 0;
  return 2 * cjk > asked.terms.size();
}

}  // namespace

double idf_of(std::size_t passages_with, std::size_t passages) {
  const auto n = static_cast<double>(passages_with);
  const auto all = std::max(static_cast<double>(passages), n);
  return std::log(1 + (all - n + 0.5) / (n + 0.5));
}

Saturation saturation_of(const AskedTerms& asked, const IndexSizes& sizes,
                         const RankingModel& model) {
  const bool cjk = is_cjk_query(asked);
  return {cjk ? model.k1_cjk : model.k1, cjk ? model.b_cjk : model.b,
          std::max(1.0, sizes.mean_length[static_cast<std::size_t>(Field::Body)])};
}

Result<FirstLook> first_look(PassageStore& store, std::string_view query, std::size_t limit,
                             const RankingModel& model) {
  FirstLook look;
  MUAI_TRY(look.sizes, store.index_sizes());
  MUAI_TRY(const ListedPassages* listed, store.listed_passages());
  MUAI_TRY(Located located, locate(store, query, *listed, model));
  for (std::size_t i = 0; i < located.asked.terms.size(); ++i) {
    AskedTerm& term = located.asked.terms[i];
    term.passages =
        (located.lists[i] ? located.lists[i]->passages() : 0) + located.hits.of_term[i].size();
    term.idf = idf_of(term.passages, look.sizes.passages);
  }
  const double common = std::max(static_cast<double>(model.common_min),
                                 model.common_share * static_cast<double>(look.sizes.passages));
  const auto is_telling = [&](const AskedTerm& term) {
    return term.passages > 0 && static_cast<double>(term.passages) <= common;
  };
  const bool may_drop = std::ranges::any_of(located.asked.terms, is_telling);
  const auto is_kept = [&](const AskedTerm& term) {
    return term.passages > 0 && (!may_drop || is_telling(term));
  };
  Scores scores(*listed, located.hits, saturation_of(located.asked, look.sizes, model), model);
  for (std::size_t i = 0; i < located.asked.terms.size(); ++i) {
    const AskedTerm& term = located.asked.terms[i];
    if (!is_kept(term)) {
      if (term.passages > 0) look.dropped_terms.push_back(term.term);
      continue;
    }
    scores.add(term.weight * term.idf, located.lists[i] ? &*located.lists[i] : nullptr,
               located.hits.of_term[i]);
  }
  look.asked = filtered(located.asked, is_kept);
  if (limit > 0) look.candidates = scores.best(limit);
  return look;
}

}  // namespace muai
