#include "rag/feedback.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace muai {
namespace {

constexpr std::size_t kPassagesMin = 2;  // of the first, that hold a term
constexpr double kScorePower = 4;        // how fast a passage's say falls with its score
constexpr double kTitleOccurrences = 2;

// A term of the first passages.
struct SharedTerm {
  std::uint32_t code = 0;
  std::size_t passages = 0;  // that hold it
  double weight = 0;         // that they give it
  double occurrences = 0;    // in the passage that is being read
};

// How much the first passages are about one thing, 0 to 1.
double agreement_of(std::span<const ReadCandidate* const> first, const RankingModel& model) {
  if (first.size() < kPassagesMin || first.front()->ranked.score <= 0) return 0;
  double rest = 0;
  for (const ReadCandidate* passage : first.subspan(1)) rest += passage->ranked.score;
  const double mean = rest / static_cast<double>(first.size() - 1);
  const double share = mean / first.front()->ranked.score;
  const double span = model.feedback_agreement_full - model.feedback_agreement;
  return std::clamp((share - model.feedback_agreement) / span, 0.0, 1.0);
}

// Their terms, found by code.
class SharedTerms {
 public:
  // `tokens`: no more will be counted.
  explicit SharedTerms(std::size_t tokens) : slots_(std::bit_ceil(2 * tokens + 1)) {
    terms_.reserve(tokens);
  }

  void count(TokenCode token, double occurrences) {
    if (token.is(TokenCode::SaysNothing)) return;
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = token.term() & mask;
    while (slots_[at] != 0 && terms_[slots_[at] - 1].code != token.term()) at = (at + 1) & mask;
    if (slots_[at] == 0) {
      terms_.push_back({.code = token.term()});
      slots_[at] = static_cast<std::uint32_t>(terms_.size());
    }
    SharedTerm& term = terms_[slots_[at] - 1];
    if (term.occurrences == 0) touched_.push_back(slots_[at] - 1);
    term.occurrences += occurrences;
  }

  void end_passage(double say, double length, const Saturation& saturation) {
    for (const std::uint32_t number : touched_) {
      SharedTerm& term = terms_[number];
      term.weight += say * saturation(term.occurrences, length);
      ++term.passages;
      term.occurrences = 0;
    }
    touched_.clear();
  }

  std::vector<SharedTerm> take() { return std::move(terms_); }

 private:
  std::vector<std::uint32_t> slots_;  // number in terms_, plus one; 0: free
  std::vector<SharedTerm> terms_;
  std::vector<std::uint32_t> touched_;  // by the passage that is being read
};

std::vector<SharedTerm> terms_of(std::span<const ReadCandidate* const> first,
                                 const Saturation& saturation) {
  std::size_t tokens = 0;
  for (const ReadCandidate* passage : first) {
    tokens += passage->tokens.field(Field::Title).size();
    tokens += passage->tokens.field(Field::Body).size();
  }
  SharedTerms terms(tokens);
  for (const ReadCandidate* passage : first) {
    const auto title = passage->tokens.field(Field::Title);
    const auto body = passage->tokens.field(Field::Body);
    for (const TokenCode token : title) terms.count(token, kTitleOccurrences);
    for (const TokenCode token : body) terms.count(token, 1);
    terms.end_passage(
        std::pow(passage->ranked.score / first.front()->ranked.score, kScorePower),
        kTitleOccurrences * static_cast<double>(title.size()) + static_cast<double>(body.size()),
        saturation);
  }
  return terms.take();
}

// Those that stand in several passages and are not asked already, the heaviest first.
std::vector<SharedTerm> heaviest(std::vector<SharedTerm> terms, const TermTable& asked,
                                 std::size_t limit) {
  std::erase_if(terms, [&](const SharedTerm& term) {
    return term.passages < kPassagesMin || asked.find(term.code) != TermTable::kNone;
  });
  const auto is_heavier = [](const SharedTerm& a, const SharedTerm& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.code < b.code;
  };
  const std::size_t kept = std::min(limit, terms.size());
  std::ranges::partial_sort(terms, terms.begin() + static_cast<std::ptrdiff_t>(kept), is_heavier);
  terms.resize(kept);
  return terms;
}

}  // namespace

Result<std::vector<AskedTerm>> feedback_terms(PassageStore& store, const FirstLook& look,
                                              std::span<const ReadCandidate* const> first,
                                              const RankingModel& model) {
  std::vector<AskedTerm> terms;
  const double weight = model.feedback_weight * agreement_of(first, model);
  if (weight <= 0) return terms;
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
                     .weight = term.weight * weight * asked_weight / sum,
                     .passages = known->passages,
                     .idf = idf_of(known->passages, look.sizes.passages)});
  }
  return terms;
}

}  // namespace muai
