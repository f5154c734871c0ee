// Only numbers are compared: the codes of a candidate's tokens with those of the query's terms, and
// then of the feedback terms, which are known only after all candidates have been scored.

#include "rag/second_look.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

#include "rag/feedback.h"
#include "rag/gathering.h"
#include "rag/naming.h"
#include "rag/phrases.h"
#include "rag/read_candidate.h"

namespace muai {
namespace {

constexpr std::uint32_t kProximityWindow = 8;
constexpr double kSentencePower = 1.5;
constexpr double kGatheringPower = 3;

// Sum over occurrences of the second term of 1 / d^2, d the distance to the nearest first term
// before it; behind it counts half.
double closeness(std::span<const std::uint32_t> firsts, std::span<const std::uint32_t> seconds) {
  double sum = 0;
  std::size_t next = 0;
  for (const std::uint32_t second : seconds) {
    while (next < firsts.size() && firsts[next] < second) ++next;
    double nearest = 0;
    if (next > 0 && second - firsts[next - 1] <= kProximityWindow) {
      const double distance = second - firsts[next - 1];
      nearest = 1 / (distance * distance);
    }
    if (next < firsts.size() && firsts[next] > second &&
        firsts[next] - second <= kProximityWindow) {
      const double distance = firsts[next] - second;
      nearest = std::max(nearest, 0.5 / (distance * distance));
    }
    sum += nearest;
  }
  return sum;
}

class Scorer {
 public:
  Scorer(const FirstLook& look, Reasons reasons, const RankingModel& model)
      : asked_(look.asked),
        dropped_(look.dropped_terms),
        model_(model),
        saturation_(saturation_of(look.asked, look.sizes, model)),
        table_(look.asked.terms),
        gathering_(asked_, table_),
        phrases_(asked_),
        wants_reasons_(reasons == Reasons::Include),
        script_(look.script),
        seen_in_(look.asked.terms.size()),
        positions_(look.asked.terms.size()) {
    for (const AskedTerm& term : asked_.terms) idf_sum_ += term.weight * term.idf;
  }

  const TermTable& table() const { return table_; }

  void score(ReadCandidate& candidate) {
    count_frequencies(candidate);
    ScoreReasons& why = candidate.ranked.why;
    double score = 0;
    double present = 0;
    for (std::size_t i = 0; i < asked_.terms.size(); ++i) {
      if (frequencies_[i] == 0) continue;
      const AskedTerm& term = asked_.terms[i];
      const double part = term.weight * term.idf * saturation_(frequencies_[i], candidate.length);
      if (wants_reasons_) why.terms.push_back(reason(term, frequencies_[i], part));
      score += part;
      present += term.weight * term.idf;
    }
    if (idf_sum_ > 0) {
      why.coverage = model_.coverage_weight * present * present / idf_sum_;
      why.sentence = model_.sentence_weight * idf_sum_ *
                     std::pow(best_sentence(candidate) / idf_sum_, kSentencePower);
      why.gathering = model_.gathering_weight * idf_sum_ *
                      std::pow(gathering_.most(candidate) / idf_sum_, kGatheringPower);
      why.phrases = model_.phrase_weight * idf_sum_ * phrases_.share_in(candidate.tokens);
    }
    why.proximity = proximity(candidate);
    why.naming = model_.naming_weight * naming_score(candidate.tokens, asked_, table_);
    if (wants_reasons_) why.dropped_terms = dropped_;
    score += why.coverage + why.sentence + why.gathering + why.phrases + why.proximity + why.naming;
    why.script = (share_of(candidate) - 1) * score;
    candidate.ranked.score = score + why.script;
  }

  void add_feedback(std::span<const AskedTerm> terms, const TermTable& table,
                    ReadCandidate& candidate) {
    frequencies_.assign(terms.size(), 0.0);
    for (const Field field : {Field::Title, Field::Heading, Field::Body}) {
      add_frequencies(candidate, table, field);
    }
    ScoreReasons& why = candidate.ranked.why;
    for (std::size_t i = 0; i < terms.size(); ++i) {
      if (frequencies_[i] == 0) continue;
      const double part =
          terms[i].weight * terms[i].idf * saturation_(frequencies_[i], candidate.length);
      if (wants_reasons_) why.feedback_terms.push_back(reason(terms[i], frequencies_[i], part));
      why.feedback += part;
    }
    const double script = (share_of(candidate) - 1) * why.feedback;
    why.script += script;
    candidate.ranked.score += why.feedback + script;
  }

 private:
  double share_of(const ReadCandidate& candidate) const {
    return candidate.script == script_ ? 1 : model_.other_script_share;
  }

  double weight_of(Field field) const {
    if (field == Field::Body) return 1;
    return field == Field::Title ? model_.title_weight : model_.heading_weight;
  }

  void add_frequencies(const ReadCandidate& candidate, const TermTable& table, Field field) {
    const double weight = weight_of(field);
    for (const TokenCode token : candidate.tokens.field(field)) {
      const std::size_t term = table.find(token.term());
      if (term != TermTable::kNone) frequencies_[term] += weight;
    }
  }

  static TermScore reason(const AskedTerm& term, double frequency, double part) {
    return {.term = term.term,
            .asked = term.asked,
            .idf = term.idf,
            .frequency = frequency,
            .score = part,
            .passages = term.passages};
  }

  void count_frequencies(const ReadCandidate& candidate) {
    frequencies_.assign(asked_.terms.size(), 0.0);
    for (const Occurrence& occurrence : candidate.in_body) frequencies_[occurrence.term] += 1;
    add_frequencies(candidate, table_, Field::Title);
    add_frequencies(candidate, table_, Field::Heading);
  }

  // The most idf that one sentence holds.
  double best_sentence(const ReadCandidate& candidate) {
    constexpr std::uint32_t kNever = ~std::uint32_t{0};
    std::ranges::fill(seen_in_, kNever);
    double best = 0;
    double current = 0;
    std::uint32_t sentence = 0;
    for (const Occurrence& occurrence : candidate.in_body) {
      if (occurrence.sentence != sentence) current = 0;
      sentence = occurrence.sentence;
      if (seen_in_[occurrence.term] == sentence) continue;
      seen_in_[occurrence.term] = sentence;
      const AskedTerm& term = asked_.terms[occurrence.term];
      current += term.weight * term.idf;
      best = std::max(best, current);
    }
    return best;
  }

  double proximity(const ReadCandidate& candidate) {
    if (asked_.pairs.empty()) return 0;
    for (auto& positions : positions_) positions.clear();
    for (const Occurrence& occurrence : candidate.in_body) {
      positions_[occurrence.term].push_back(occurrence.position);
    }
    double score = 0;
    for (const AskedPair& pair : asked_.pairs) {
      const auto& first = asked_.terms[pair.first];
      const auto& second = asked_.terms[pair.second];
      const double close = closeness(positions_[pair.first], positions_[pair.second]);
      score += model_.proximity_weight * std::min(first.idf, second.idf) *
               saturation_(close, candidate.length);
    }
    return score;
  }

  const AskedTerms& asked_;
  const std::vector<std::string>& dropped_;
  const RankingModel& model_;
  Saturation saturation_;
  TermTable table_;
  Gathering gathering_;
  Phrases phrases_;
  bool wants_reasons_;
  Script script_;  // of the query
  double idf_sum_ = 0;
  std::vector<double> frequencies_;  // of each term in the candidate, fields weighted
  std::vector<std::uint32_t> seen_in_;
  std::vector<std::vector<std::uint32_t>> positions_;
};

template <class Items, class Ranked>
void sort_best_first(Items& items, Ranked ranked) {
  std::ranges::sort(items, [&](const auto& a, const auto& b) {
    const RankedPassage& first = ranked(a);
    const RankedPassage& second = ranked(b);
    if (first.score != second.score) return first.score > second.score;
    return first.passage_id < second.passage_id;
  });
}

}  // namespace

Result<std::vector<RankedPassage>> second_look(PassageStore& store, const FirstLook& look,
                                               Reasons reasons, const RankingModel& model) {
  Scorer scorer(look, reasons, model);
  std::vector<ReadCandidate> candidates;
  candidates.reserve(look.candidates.size());
  for (const Candidate& chosen : look.candidates) {
    MUAI_TRY(std::optional<ReadCandidate> read,
             read_candidate(store, chosen.passage_id, scorer.table()));
    if (!read) continue;
    ReadCandidate& candidate = candidates.emplace_back(std::move(*read));
    scorer.score(candidate);
  }
  sort_best_first(candidates, [](const ReadCandidate& candidate) -> const RankedPassage& {
    return candidate.ranked;
  });
  std::vector<const ReadCandidate*> first;
  for (std::size_t i = 0; i < std::min(candidates.size(), model.feedback_passages); ++i) {
    first.push_back(&candidates[i]);
  }
  MUAI_TRY(const std::vector<AskedTerm> terms, feedback_terms(store, look, first, model));
  std::vector<RankedPassage> ranked;
  ranked.reserve(candidates.size());
  const TermTable table(terms);
  for (ReadCandidate& candidate : candidates) {
    if (!terms.empty()) scorer.add_feedback(terms, table, candidate);
    ranked.push_back(std::move(candidate.ranked));
  }
  if (terms.empty()) return ranked;
  sort_best_first(ranked,
                  [](const RankedPassage& passage) -> const RankedPassage& { return passage; });
  return ranked;
}

}  // namespace muai
