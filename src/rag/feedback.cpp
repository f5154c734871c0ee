#include "rag/feedback.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <unordered_map>

#include "muai/text/tokens.h"

namespace muai {
namespace {

// Terms without a list are in fewer passages than this; looking up how many exactly would cost more
// than it tells.
constexpr std::size_t kRarePassages = 32;
constexpr std::size_t kPassagesMin = 2;  // of the first, that hold a term
constexpr double kScorePower = 4;        // how fast a passage's say falls with its score
constexpr std::uint32_t kTitleOccurrences = 2;

struct SharedTerm {
  double weight = 0;
  std::size_t passages = 0;
};

using TermCounts = std::unordered_map<std::string, std::uint32_t>;

double add_counts(std::string_view text, std::uint32_t each, TermCounts& counts) {
  double tokens = 0;
  for_each_token(
      text,
      [&](const Token& token) {
        tokens += each;
        if (!is_stop_word(token.term) && !is_single_cjk(token.term)) {
          counts[std::string(token.term)] += each;
        }
      },
      TokenOptions{.cjk_unigrams = CjkUnigrams::All, .stop_words = StopWords::Keep});
  return tokens;
}

bool do_agree(std::span<const RankedPassage* const> first, const RankingModel& model) {
  if (first.size() < kPassagesMin || first.front()->score <= 0) return false;
  double rest = 0;
  for (const RankedPassage* passage : first.subspan(1)) rest += passage->score;
  const double mean = rest / static_cast<double>(first.size() - 1);
  return mean >= model.feedback_agreement * first.front()->score;
}

std::vector<AskedTerm> heaviest(const std::unordered_map<std::string, SharedTerm>& shared,
                                const AskedTerms& asked, std::size_t limit) {
  std::vector<AskedTerm> terms;
  for (const auto& [term, found] : shared) {
    const bool is_asked = std::ranges::any_of(
        asked.terms, [&](const AskedTerm& other) { return other.term == term; });
    if (found.passages >= kPassagesMin && !is_asked) {
      terms.push_back({.term = term, .weight = found.weight});
    }
  }
  std::ranges::sort(terms, [](const AskedTerm& a, const AskedTerm& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.term < b.term;
  });
  if (terms.size() > limit) terms.resize(limit);
  return terms;
}

}  // namespace

Result<std::vector<AskedTerm>> feedback_terms(PassageStore& store, const FirstLook& look,
                                              std::span<const RankedPassage* const> first,
                                              const RankingModel& model) {
  if (model.feedback_weight <= 0 || !do_agree(first, model)) return std::vector<AskedTerm>();
  const Saturation saturation = saturation_of(look.asked, look.sizes, model);
  std::unordered_map<std::string, SharedTerm> shared;
  for (const RankedPassage* passage : first) {
    const double say = std::pow(passage->score / first.front()->score, kScorePower);
    TermCounts counts;
    MUAI_TRY(const std::optional<FoundPassage> found, store.find_result(passage->passage_id));
    if (!found) continue;
    double length = add_counts(found->title, kTitleOccurrences, counts);
    length += add_counts(found->passage.text, 1, counts);
    for (const auto& [term, count] : counts) {
      SharedTerm& sum = shared[term];
      sum.weight += say * saturation(count, length);
      ++sum.passages;
    }
  }
  std::vector<AskedTerm> terms = heaviest(shared, look.asked, model.feedback_terms);
  double sum = 0;
  for (const AskedTerm& term : terms) sum += term.weight;
  double asked_weight = 0;
  for (const AskedTerm& term : look.asked.terms) asked_weight += term.is_extra ? 0 : term.weight;
  for (AskedTerm& term : terms) {
    MUAI_TRY(const std::size_t listed, store.count_listed(term.term));
    term.passages = listed > 0 ? listed : kRarePassages;
    term.idf = idf_of(term.passages, look.sizes.passages);
    term.weight *= model.feedback_weight * asked_weight / sum;
  }
  return terms;
}

}  // namespace muai
