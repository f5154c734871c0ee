#include "rag/feedback.h"

#include <algorithm>
#include <cmath>

namespace muai {
namespace {

constexpr std::size_t kPassagesMin = 2;  // of the first, that hold a term
constexpr double kScorePower = 4;        // how fast a passage's say falls with its score
constexpr double kTitleOccurrences = 2;

// How often a term occurs in one of the first passages.
struct Count {
  std::uint32_t code = 0;
  double occurrences = 0;
};

// A term of several of them.
struct SharedTerm {
  std::uint32_t code = 0;
  double weight = 0;
  std::size_t passages = 0;
};

bool do_agree(std::span<const ReadCandidate* const> first, const RankingModel& model) {
  if (first.size() < kPassagesMin || first.front()->ranked.score <= 0) return false;
  double rest = 0;
  for (const ReadCandidate* passage : first.subspan(1)) rest += passage->ranked.score;
  const double mean = rest / static_cast<double>(first.size() - 1);
  return mean >= model.feedback_agreement * first.front()->ranked.score;
}

// Of the terms that say something, each once, in order of codes.
std::vector<Count> counts_of(const TokenStream& passage) {
  std::vector<Count> counts;
  const auto add = [&](Field field, double each) {
    for (const TokenCode token : passage.field(field)) {
      if (!token.is(TokenCode::SaysNothing)) counts.push_back({token.term(), each});
    }
  };
  add(Field::Title, kTitleOccurrences);
  add(Field::Body, 1);
  std::ranges::sort(counts, {}, &Count::code);
  std::size_t last = 0;
  for (std::size_t i = 1; i < counts.size(); ++i) {
    if (counts[i].code == counts[last].code) {
      counts[last].occurrences += counts[i].occurrences;
    } else {
      counts[++last] = counts[i];
    }
  }
  if (!counts.empty()) counts.resize(last + 1);
  return counts;
}

// The terms of the first passages, with the weight that each passage gives them.
std::vector<SharedTerm> terms_of(std::span<const ReadCandidate* const> first,
                                 const Saturation& saturation) {
  std::vector<SharedTerm> terms;
  for (const ReadCandidate* passage : first) {
    const double say = std::pow(passage->ranked.score / first.front()->ranked.score, kScorePower);
    const double length =
        kTitleOccurrences * static_cast<double>(passage->tokens.field(Field::Title).size()) +
        static_cast<double>(passage->tokens.field(Field::Body).size());
    for (const Count& count : counts_of(passage->tokens)) {
      terms.push_back({count.code, say * saturation(count.occurrences, length), 1});
    }
  }
  std::ranges::sort(terms, {}, &SharedTerm::code);
  return terms;
}

// Those that stand in several passages and are not asked already, the heaviest first.
std::vector<SharedTerm> heaviest(std::vector<SharedTerm> terms, const TermTable& asked,
                                 std::size_t limit) {
  std::vector<SharedTerm> shared;
  for (auto term = terms.begin(); term != terms.end();) {
    SharedTerm sum{term->code};
    for (; term != terms.end() && term->code == sum.code; ++term) {
      sum.weight += term->weight;
      sum.passages += term->passages;
    }
    if (sum.passages >= kPassagesMin && asked.find(sum.code) == TermTable::kNone) {
      shared.push_back(sum);
    }
  }
  const auto is_heavier = [](const SharedTerm& a, const SharedTerm& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.code < b.code;
  };
  const std::size_t kept = std::min(limit, shared.size());
  std::ranges::partial_sort(shared, shared.begin() + static_cast<std::ptrdiff_t>(kept), is_heavier);
  shared.resize(kept);
  return shared;
}

}  // namespace

Result<std::vector<AskedTerm>> feedback_terms(PassageStore& store, const FirstLook& look,
                                              std::span<const ReadCandidate* const> first,
                                              const RankingModel& model) {
  std::vector<AskedTerm> terms;
  if (model.feedback_weight <= 0 || !do_agree(first, model)) return terms;
  const std::vector<SharedTerm> shared =
      heaviest(terms_of(first, saturation_of(look.asked, look.sizes, model)),
               TermTable(look.asked.terms), model.feedback_terms);
  double sum = 0;
  for (const SharedTerm& term : shared) sum += term.weight;
  double asked_weight = 0;
  for (const AskedTerm& term : look.asked.terms) asked_weight += term.is_extra ? 0 : term.weight;
  for (const SharedTerm& term : shared) {
    MUAI_TRY(std::optional<TermCount> known, store.find_term(term.code));
    if (!known) continue;
    terms.push_back({.term = std::move(known->term),
                     .weight = term.weight * model.feedback_weight * asked_weight / sum,
                     .passages = known->passages,
                     .idf = idf_of(known->passages, look.sizes.passages)});
  }
  return terms;
}

}  // namespace muai
