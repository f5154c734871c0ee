#pragma once

// The order of the sentences of some sources for one question. Private to the extractive backend.
//
// All sentences get a first score from few signs; the best of them are measured in full and ordered
// by trees trained on answered questions (sentence_trees.h). What the training texts do not have is
// added by hand: headings, titles, several sources, a second language.

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "model/question.h"
#include "model/sentence_table.h"
#include "muai/text/language.h"

namespace muai {

struct ScoredSentence {
  std::size_t number;  // in the table
  double score;
};

// Equal scores keep the order of the sources.
void sort_best_first(std::vector<ScoredSentence>& sentences);

// Whether the sentence may be quoted and its source allows it.
bool may_be_chosen(const SentenceTable& table, std::size_t number);

class SentenceRanking {
 public:
  // `table` must outlive the ranking.
  SentenceRanking(std::string_view question_text, const SentenceTable& table);

  const Question& question() const { return question_; }

  // Sentences that may be chosen, best first.
  std::vector<ScoredSentence> ranked() const;

  // Whether the sentence tells how to do something: by its words, its purpose or the commands below
  // it.
  bool tells_way(std::size_t number) const;

  // Whether the sentence or its paragraph holds a word of the question.
  bool speaks(std::size_t number) const;

 private:
  using Terms = std::unordered_set<std::string_view>;

  double first_score(std::size_t number) const;
  double context_score(std::size_t number) const;
  double pairs(const Sentence& sentence) const;
  Terms topic_terms(const Sentence& sentence) const;
  double topic(const Terms& named) const;
  double strangeness(const Sentence& sentence, const Terms& named) const;
  double kind_score(std::size_t number) const;
  bool begins_with_subject(const Sentence& sentence) const;
  double way_score(std::size_t number) const;
  bool is_under_action(const Sentence& sentence) const;
  bool holds_compounds(const Sentence& sentence) const;
  bool is_under_own_heading(std::size_t number) const;
  double row_fit(const Sentence& sentence) const;
  double list_fit(const Sentence& sentence) const;
  double named_above(const Sentence& sentence) const;

  const SentenceTable& table_;
  Question question_;
  Language language_;
  Terms terms_;
  std::vector<double> own_;
  std::vector<double> paragraphs_;
  std::unordered_map<std::string_view, double> idf_;
  std::vector<std::vector<std::string>> titles_;  // terms, by source
  Terms name_terms_;
  double weight_ = 0;
};

}  // namespace muai
