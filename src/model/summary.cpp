// Summaries. With a question, the sentences that its ranking puts first; without one, those that
// say most about the text.

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "model/chosen_sentences.h"
#include "model/sentence_features.h"
#include "model/sentence_ranking.h"
#include "model/sentence_table.h"
#include "muai/model/extractive.h"

namespace muai {
namespace {

// Mean similarity of a sentence to the whole text, by the weight of its terms in it: terms that
// many sentences share make a sentence central.
double centrality(const SentenceTable& table, const Sentence& sentence) {
  if (sentence.terms.empty()) return 0;
  double sum = 0;
  for (const std::string_view term :
       std::unordered_set<std::string_view>(sentence.terms.begin(), sentence.terms.end()))
    sum += std::log1p(static_cast<double>(table.by_sentence().passages_with(term)));
  return sum / std::sqrt(static_cast<double>(sentence.terms.size()) + 4);
}

std::vector<ScoredSentence> by_centrality(const SentenceTable& table) {
  std::vector<ScoredSentence> all;
  for (std::size_t i = 0; i < table.sentences().size(); ++i) {
    const Sentence& sentence = table.sentences()[i];
    if (!sentence.is_quotable) continue;
    double score = centrality(table, sentence) * (1 + 1.0 / (1 + 0.5 * sentence.place));
    if (starts_dangling(table.text_of(sentence))) score *= 0.8;
    all.push_back({i, score});
  }
  sort_best_first(all);
  return all;
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
  if (candidates.empty()) candidates = by_centrality(table);
  ChosenSentences chosen(
      table, {.code_points_max = options.code_points_max, .sentences_max = options.sentences_max});
  for (const ScoredSentence& next : candidates) {
    if (chosen.is_full()) break;
    chosen.add(next.number);
  }
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
