#include "model/chosen_sentences.h"

#include <algorithm>
#include <unordered_set>

#include "model/sentence_features.h"
#include "model/sentence_ranking.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

using Terms = std::unordered_set<std::string_view>;

double share_in_common(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const Terms left(a.begin(), a.end());
  const Terms right(b.begin(), b.end());
  const auto both = std::count_if(left.begin(), left.end(),
                                  [&](std::string_view term) { return right.contains(term); });
  const std::size_t smaller = std::max<std::size_t>(1, std::min(left.size(), right.size()));
  return static_cast<double>(both) / static_cast<double>(smaller);
}

}  // namespace

void ChosenSentences::add(std::size_t number) {
  if (has(number) || repeats(number) || !fits(1, length_of(number))) return;
  push(number);
}

void ChosenSentences::add_with_antecedent(std::size_t number) {
  if (has(number) || repeats(number)) return;
  const Sentence& sentence = table_.sentences()[number];
  const bool points_back = starts_dangling(table_.text_of(sentence));
  const bool has_before = points_back && table_.before(number) != nullptr;
  if (!points_back || (has_before && has(number - 1))) return add(number);
  const bool may_take = has_before && may_be_chosen(table_, number - 1);
  if (may_take && fits(2, length_of(number) + length_of(number - 1))) {
    push(number);
    push(number - 1);
  } else if (numbers_.empty()) {
    push(number);
  }
}

bool ChosenSentences::has(std::size_t number) const {
  return std::find(numbers_.begin(), numbers_.end(), number) != numbers_.end();
}

bool ChosenSentences::repeats(std::size_t number) const {
  const std::vector<std::string>& terms = table_.sentences()[number].terms;
  return std::any_of(numbers_.begin(), numbers_.end(), [&](std::size_t other) {
    return share_in_common(table_.sentences()[other].terms, terms) > budget_.repeat_max;
  });
}

bool ChosenSentences::fits(std::size_t sentences, std::size_t code_points) const {
  if (numbers_.size() + sentences > budget_.sentences_max) return false;
  if (numbers_.empty() && sentences == 1) return true;
  return used_ + code_points <= budget_.code_points_max;
}

std::size_t ChosenSentences::length_of(std::size_t number) const {
  return count_code_points(table_.text_of(table_.sentences()[number]));
}

void ChosenSentences::push(std::size_t number) {
  numbers_.push_back(number);
  used_ += length_of(number);
}

}  // namespace muai
