#pragma once

// Sentences chosen one after the other within a budget, without repeating each other. Private to
// the extractive backend.

#include <cstddef>
#include <vector>

#include "model/sentence_table.h"

namespace muai {

struct SentenceBudget {
  std::size_t code_points_max;  // of all together; the first always fits
  std::size_t sentences_max;
  double repeat_max = 0.6;  // share of terms that two of them may have in common
  std::size_t list_code_points_max = 0;
};

class ChosenSentences {
 public:
  // `table` must outlive this.
  ChosenSentences(const SentenceTable& table, SentenceBudget budget)
      : table_(table), budget_(budget) {}

  bool is_full() const { return count_ >= budget_.sentences_max; }

  // In the order in which they were added.
  const std::vector<std::size_t>& numbers() const { return numbers_; }

  // Whether the sentence is understood without another one, or next to those that are there.
  bool stands_alone(std::size_t number) const;

  // Adds the sentence unless it is there, repeats one that is there or exceeds the budget.
  void add(std::size_t number);

  // The same; a sentence that points back ("It was ...") takes the one before it along. Where that
  // cannot be had, it is added only as the first.
  void add_with_antecedent(std::size_t number);

  // A row of a table, with the header of its columns where that is known.
  void add_row(std::size_t number);

  // Adds what introduces the list and all of its items, or their first sentences where the whole is
  // longer than the budget of a list. It counts as one sentence. False, and nothing is added, when
  // that is too long as well.
  bool add_list(const SentenceList& list);

 private:
  std::vector<std::size_t> shown_of(const SentenceList& list) const;
  bool has(std::size_t number) const;
  bool repeats(std::size_t number) const;
  bool fits(std::size_t sentences, std::size_t code_points) const;
  std::size_t length_of(std::size_t number) const;
  void push(std::size_t number);

  const SentenceTable& table_;
  SentenceBudget budget_;
  std::vector<std::size_t> numbers_;
  std::size_t count_ = 0;  // a list counts once
  std::size_t used_ = 0;   // code points
};

}  // namespace muai
