// Every passage that holds a term gets its exact score; nothing is skipped. Scores stand in an
// array by slot, and the postings of one term after the other are added up in it.

#include "rag/first_look.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include "muai/text/language.h"
#include "rag/spelling.h"

namespace muai {
namespace {

// What one posting adds to the score of its passage.
class PostingScores {
 public:
  PostingScores(const PassageSlots& slots, const Saturation& saturation, const RankingModel& model)
      : lengths_(slots.lengths()), k1_(static_cast<float>(saturation.k1)) {
    for (std::size_t packed = 0; packed < frequency_of_.size(); ++packed) {
      const auto counts = FieldCounts(static_cast<std::uint8_t>(packed)).by_field();
      frequency_of_[packed] = static_cast<float>(model.title_weight * counts[0] +
                                                 model.heading_weight * counts[1] + counts[2]);
    }
    for (std::uint32_t length = 0; length <= slots.longest(); ++length) {
      norm_of_length_.push_back(static_cast<float>(
          saturation.k1 * (1 - saturation.b + saturation.b * length / saturation.mean_length)));
    }
  }

  // visit(slot, score) for each posting of a term of this weight.
  template <class Visit>
  void for_each(double weight, const TermPostings& postings, Visit visit) const {
    const auto gain = static_cast<float>(weight) * (k1_ + 1);
    for (const PostingList& list : postings.lists) {
      list.for_each([&](std::uint32_t slot, FieldCounts counts) {
        const float frequency = frequency_of_[counts.packed()];
        visit(slot, gain * frequency / (frequency + norm_of_length_[lengths_[slot].length()]));
      });
    }
  }

 private:
  std::span<const PassageLength> lengths_;
  float k1_;
  std::array<float, 256> frequency_of_{};
  std::vector<float> norm_of_length_;
};

// A term that counts.
struct WeighedPostings {
  double weight;
  const TermPostings* postings;
};

// Which passages count for less, because they are in another script than the query.
struct ScriptShare {
  Script asked = Script::Other;
  float other = 1;

  float of(PassageLength passage) const { return passage.script() == asked ? 1 : other; }
};

// The best `limit` of what is added.
class Best {
 public:
  Best(const PassageSlots& slots, const ScriptShare& share, std::size_t limit)
      : slots_(slots), share_(share), limit_(limit) {}

  // Slots that score no more need not be added.
  float bound() const { return bound_; }

  void add(std::uint32_t slot, float score) {
    if (score <= bound_) return;
    score *= share_.of(slots_.lengths()[slot]);
    if (score <= bound_) return;
    heap_.push_back({slots_.id_of(slot), score});
    std::ranges::push_heap(heap_, is_better);
    if (heap_.size() <= limit_) return;
    std::ranges::pop_heap(heap_, is_better);
    heap_.pop_back();
    bound_ = static_cast<float>(heap_.front().score);
  }

  std::vector<Candidate> take() {
    std::ranges::sort(heap_, is_better);
    return std::move(heap_);
  }

 private:
  static bool is_better(const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score > b.score : a.passage_id < b.passage_id;
  }

  const PassageSlots& slots_;
  ScriptShare share_;
  std::size_t limit_;
  std::vector<Candidate> heap_;
  float bound_ = 0;
};

bool any_above(std::span<const float> scores, float bound) {
  int above = 0;
  for (const float score : scores) above |= score > bound ? 1 : 0;
  return above != 0;
}

// For many postings: a score for each slot.
void add_dense(const PassageSlots& slots, std::span<const WeighedPostings> terms,
               const PostingScores& scores, Best& best) {
  std::vector<float> sums(slots.count());
  for (const WeighedPostings& term : terms) {
    scores.for_each(term.weight, *term.postings,
                    [&](std::uint32_t slot, float score) { sums[slot] += score; });
  }
  for (const std::uint32_t slot : slots.removed()) sums[slot] = 0;
  constexpr std::size_t kStride = 16;
  for (std::size_t begin = 0; begin < sums.size(); begin += kStride) {
    const auto stride =
        std::span<const float>(sums).subspan(begin, std::min(kStride, sums.size() - begin));
    if (!any_above(stride, best.bound())) continue;
    for (std::size_t i = 0; i < stride.size(); ++i) {
      best.add(static_cast<std::uint32_t>(begin + i), stride[i]);
    }
  }
}

// For few: the postings in order of slots, those of one slot in the order of terms, so that both
// ways give the same sums.
void add_sparse(const PassageSlots& slots, std::span<const WeighedPostings> terms,
                const PostingScores& scores, Best& best) {
  struct Part {
    std::uint64_t slot_and_number;
    float score;
  };
  std::vector<Part> parts;
  for (const WeighedPostings& term : terms) {
    scores.for_each(term.weight, *term.postings, [&](std::uint32_t slot, float score) {
      parts.push_back({static_cast<std::uint64_t>(slot) << 32 | parts.size(), score});
    });
  }
  std::ranges::sort(parts, {}, &Part::slot_and_number);
  for (auto part = parts.begin(); part != parts.end();) {
    const auto slot = static_cast<std::uint32_t>(part->slot_and_number >> 32);
    float sum = 0;
    for (; part != parts.end() && part->slot_and_number >> 32 == slot; ++part) sum += part->score;
    if (!std::ranges::binary_search(slots.removed(), slot)) best.add(slot, sum);
  }
}

// Sorting a posting costs as much as looking at so many slots.
constexpr std::size_t kSlotsAPosting = 40;

std::vector<Candidate> best_of(const PassageSlots& slots, std::span<const WeighedPostings> terms,
                               const PostingScores& scores, const ScriptShare& share,
                               std::size_t limit) {
  std::size_t postings = 0;
  for (const WeighedPostings& term : terms) postings += term.postings->passages;
  Best best(slots, share, limit);
  (postings * kSlotsAPosting < slots.count() ? add_sparse : add_dense)(slots, terms, scores, best);
  return best.take();
}

// The query's terms with where they occur.
struct Located {
  AskedTerms asked;
  std::vector<TermPostings> postings;  // by number of the term
};

// Words that no passage holds, and that are spelt like one that some do, become that one.
Result<void> respell(PassageStore& store, Located& located, const RankingModel& model) {
  for (std::size_t i = 0; i < located.asked.terms.size(); ++i) {
    AskedTerm& term = located.asked.terms[i];
    if (located.postings[i].passages > 0) continue;
    MUAI_TRY(const std::optional<TermCount> alike, spelt_alike(store, term.term));
    if (!alike) continue;
    const bool is_asked = std::ranges::any_of(
        located.asked.terms, [&](const AskedTerm& other) { return other.term == alike->term; });
    if (is_asked) continue;
    term.asked = std::exchange(term.term, alike->term);
    term.weight *= model.spelling_weight;
    MUAI_TRY(located.postings[i], store.find_postings(term.term));
  }
  return {};
}

Result<Located> locate(PassageStore& store, std::string_view query, const RankingModel& model) {
  Located located;
  located.asked = asked_terms(query);
  for (AskedTerm& term : located.asked.terms) {
    MUAI_TRY(TermPostings postings, store.find_postings(term.term));
    for (const std::string& form : term.forms) {
      MUAI_TRY(TermPostings more, store.find_postings(form));
      postings.passages += more.passages;
      std::ranges::move(more.lists, std::back_inserter(postings.lists));
    }
    located.postings.push_back(std::move(postings));
    if (term.is_extra) term.weight *= model.cjk_character_weight;
  }
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
  look.script = has_cjk(query) ? Script::Cjk : Script::Other;
  MUAI_TRY(Located located, locate(store, query, model));
  for (std::size_t i = 0; i < located.asked.terms.size(); ++i) {
    AskedTerm& term = located.asked.terms[i];
    term.passages = located.postings[i].passages;
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
  MUAI_TRY(const PassageSlots* slots, store.slots());
  std::vector<WeighedPostings> terms;
  for (std::size_t i = 0; i < located.asked.terms.size(); ++i) {
    const AskedTerm& term = located.asked.terms[i];
    if (!is_kept(term)) {
      if (term.passages > 0) look.dropped_terms.push_back(term.term);
      continue;
    }
    terms.push_back({term.weight * term.idf, &located.postings[i]});
  }
  look.asked = filtered(located.asked, is_kept);
  if (limit == 0) return look;
  const PostingScores scores(*slots, saturation_of(look.asked, look.sizes, model), model);
  const ScriptShare share{look.script, static_cast<float>(model.other_script_share)};
  look.candidates = best_of(*slots, terms, scores, share, limit);
  return look;
}

}  // namespace muai
