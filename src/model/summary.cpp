// Summaries. With a question, the sentences that its ranking puts first; without one, those that
// say most about the text.

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "model/chosen_sentences.h"
#include "model/sentence_features.h"
#include "model/sentence_ranking.h"
#include "model/sentence_table.h"
#include "muai/model/extractive.h"
#include "muai/text/language.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

// A short summary is best made of a text's opening, where news and manuals say what they are about;
// a long one of what the text comes back to. Weights chosen on 59 news articles with reference
// summaries and checked on 300 others (bench/summary_eval.cpp).
constexpr double kShortPlaceWeight = 1.0;
constexpr double kLongPlaceWeight = 0.1;
constexpr double kShortShare = 0.25;  // of the text that the summary may have
constexpr double kLongShare = 0.4;
constexpr double kOpeningSentences = 14;  // the place counts less and less up to here
constexpr double kLengthWeight = 0.3;
constexpr double kFullLengthTerms = 20;  // shorter sentences say less
constexpr double kDanglingPenalty = 0.1;
constexpr double kAlonePenalty = 0.05;
constexpr double kRepeatMax = 0.5;
// Pages that are translated in part: what stands in another language comes last.
constexpr double kOtherLanguagePenalty = 2;

using Terms = std::unordered_set<std::string_view>;

// How much each sentence has in common with all others, 0 to 1: the mean of the sum of cosines and
// of the sum of shared terms over the length (Mihalcea and Tarau, "TextRank", 2004, without its
// iteration). Linear: a sum over pairs is a product with a sum.
class Centrality {
 public:
  Centrality(const SentenceTable& table, const std::vector<std::size_t>& numbers) : table_(table) {
    for (const std::size_t number : numbers) {
      const Sentence& sentence = table.sentences()[number];
      const double length = norm(sentence);
      for (const std::string& term : sentence.terms)
        centre_[term] += idf(term) / std::max(length, 1e-9);
      const Terms terms(sentence.terms.begin(), sentence.terms.end());
      for (const std::string_view term : terms) with_[term] += 1;
      mean_size_ += std::log(static_cast<double>(terms.size()) + 1);
    }
    mean_size_ /= std::max<double>(1, static_cast<double>(numbers.size()));
  }

  double cosines(const Sentence& sentence) const {
    double sum = 0;
    for (const std::string& term : sentence.terms) sum += idf(term) * centre_.at(term);
    const double length = norm(sentence);
    return length > 0 ? sum / length - 1 : 0;  // less the one with itself
  }

  double shared(const Sentence& sentence) const {
    const Terms terms(sentence.terms.begin(), sentence.terms.end());
    double sum = 0;
    for (const std::string_view term : terms) sum += with_.at(term) - 1;
    return sum / (std::log(static_cast<double>(terms.size()) + 1) + mean_size_ + 0.01);
  }

 private:
  double idf(std::string_view term) const {
    const Bm25& sentences = table_.by_sentence();
    const auto with = static_cast<double>(std::max<std::size_t>(1, sentences.passages_with(term)));
    return std::log1p(static_cast<double>(sentences.size()) / with);
  }

  double norm(const Sentence& sentence) const {
    std::unordered_map<std::string_view, double> counts;
    for (const std::string& term : sentence.terms) counts[term] += idf(term);
    double sum = 0;
    for (const auto& [term, weight] : counts) sum += weight * weight;
    return std::sqrt(sum);
  }

  const SentenceTable& table_;
  std::unordered_map<std::string_view, double> centre_;
  std::unordered_map<std::string_view, double> with_;  // sentences that have the term
  double mean_size_ = 0;
};

// What someone said needs to be introduced.
bool begins_quoted(std::string_view text) {
  static constexpr std::string_view kQuotes[] = {"\"", "'", "`", "“", "‘", "「", "『"};
  return std::any_of(std::begin(kQuotes), std::end(kQuotes),
                     [&](std::string_view quote) { return text.starts_with(quote); });
}

// Chinese already when a third of the sentences is: a page that was translated in part.
Language language_of_most(const SentenceTable& table, const std::vector<std::size_t>& numbers) {
  const auto chinese = std::count_if(numbers.begin(), numbers.end(), [&](std::size_t number) {
    return language_of(table.text_of(table.sentences()[number])) == Language::Chinese;
  });
  if (3 * static_cast<std::size_t>(chinese) >= std::max<std::size_t>(1, numbers.size()))
    return Language::Chinese;
  return language_of(table.sources()[0].text);
}

// Of the text that the summary may take up.
double share_asked(const SentenceTable& table, const std::vector<std::size_t>& numbers,
                   const SummaryOptions& options) {
  double all = 0;
  for (const std::size_t number : numbers)
    all += static_cast<double>(count_code_points(table.text_of(table.sentences()[number])));
  const double sentences = static_cast<double>(options.sentences_max) /
                           std::max<double>(1, static_cast<double>(numbers.size()));
  return std::min(sentences, static_cast<double>(options.code_points_max) / std::max(1.0, all));
}

// The sentences that may be quoted, by what they say about the whole text.
std::vector<ScoredSentence> by_weight(const SentenceTable& table, const SummaryOptions& options) {
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < table.sentences().size(); ++i)
    if (table.sentences()[i].is_statement) numbers.push_back(i);
  const Centrality centrality(table, numbers);
  double cosines_best = 1e-9;
  double shared_best = 1e-9;
  for (const std::size_t number : numbers) {
    cosines_best = std::max(cosines_best, centrality.cosines(table.sentences()[number]));
    shared_best = std::max(shared_best, centrality.shared(table.sentences()[number]));
  }
  const double share = std::clamp(share_asked(table, numbers, options), kShortShare, kLongShare);
  const double place_weight = std::lerp(kShortPlaceWeight, kLongPlaceWeight,
                                        (share - kShortShare) / (kLongShare - kShortShare));
  const Language language = language_of_most(table, numbers);
  std::vector<ScoredSentence> all;
  for (std::size_t place = 0; place < numbers.size(); ++place) {
    const Sentence& sentence = table.sentences()[numbers[place]];
    double score =
        (centrality.cosines(sentence) / cosines_best + centrality.shared(sentence) / shared_best) /
        2;
    score += place_weight * std::max(0.0, 1 - static_cast<double>(place) / kOpeningSentences);
    score += kLengthWeight *
             std::min(1.0, static_cast<double>(sentence.terms.size()) / kFullLengthTerms);
    const std::string_view text = table.text_of(sentence);
    if (starts_dangling(text) || begins_quoted(text)) score -= kDanglingPenalty;
    if (language_of(text) != language) score -= kOtherLanguagePenalty;
    all.push_back({numbers[place], score});
  }
  sort_best_first(all);
  return all;
}

}  // namespace

namespace {

// Adds the best first. One that points back is passed by those that score up to `penalty` less,
// while the sentence before it is not chosen.
void fill(std::span<const ScoredSentence> candidates, double penalty, ChosenSentences& chosen) {
  constexpr std::size_t kPassingMax = 16;
  std::vector<bool> done(candidates.size());
  for (std::size_t first = 0; first < candidates.size() && !chosen.is_full();) {
    if (done[first]) {
      ++first;
      continue;
    }
    std::size_t next = first;
    const std::size_t end = std::min(candidates.size(), first + kPassingMax);
    for (std::size_t i = first; i < end; ++i) {
      if (candidates[i].score < candidates[first].score - penalty) break;
      if (done[i] || !chosen.stands_alone(candidates[i].number)) continue;
      next = i;
      break;
    }
    chosen.add(candidates[next].number);
    done[next] = true;
  }
}

}  // namespace

std::vector<RankedSentence> summarise(std::string_view question, const SourceText& source,
                                      const SummaryOptions& options) {
  const SentenceTable table(std::span(&source, 1));
  std::vector<ScoredSentence> candidates;
  if (!question.empty()) {
    const SentenceRanking ranking(question, table);
    candidates = ranking.ranked();
    if (!candidates.empty() && !ranking.speaks(candidates.front().number)) candidates.clear();
  }
  if (candidates.empty()) candidates = by_weight(table, options);
  ChosenSentences chosen(table, {.code_points_max = options.code_points_max,
                                 .sentences_max = options.sentences_max,
                                 .repeat_max = kRepeatMax});
  fill(candidates, question.empty() ? kAlonePenalty : 0, chosen);
  std::vector<std::size_t> numbers = chosen.numbers();
  std::sort(numbers.begin(), numbers.end());
  std::vector<RankedSentence> results;
  for (const std::size_t number : numbers) {
    const Sentence& sentence = table.sentences()[number];
    const auto scored = std::find_if(candidates.begin(), candidates.end(),
                                     [&](const auto& one) { return one.number == number; });
    results.push_back({sentence.source, sentence.span, scored->score});
  }
  return results;
}

}  // namespace muai
