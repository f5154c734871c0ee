#include "model/chosen_sentences.h"

#include <algorithm>
#include <unordered_set>

#include "model/instruction.h"
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

// What starts_dangling knows, and what joins a sentence to the one before without a pronoun.
bool points_back(std::string_view text) {
  static constexpr std::string_view kStarts[] = {
      "Each ",        "Both ",       "Then ",        "Then,",        "Thus",         "Hence",
      "Otherwise",    "Similarly",   "Instead,",     "In addition",  "Likewise",     "For example",
      "For instance", "Furthermore", "Moreover",     "As a result",  "Consequently", "Nevertheless",
      "The latter",   "The former",  "In this case", "In that case", "In these",     "In such",
      "Another ",     "Yet ",        "Or ",          "随后",         "隨後",         "后来",
      "後來",         "然而",        "不过",         "不過",         "同时",         "同時",
      "此外",         "另外",        "例如",         "比如",         "当时",         "當時",
      "之后",         "之後",        "于是",         "於是",         "而",           "接着",
      "接著",         "其中",        "因而",         "由此",         "否则",         "否則",
      "两者",         "兩者",        "二者",         "同样",         "同樣",         "相反",
      "当中",         "當中",        "除此之外"};
  if (starts_dangling(text)) return true;
  return std::any_of(std::begin(kStarts), std::end(kStarts),
                     [&](std::string_view word) { return text.starts_with(word); });
}

}  // namespace

bool ChosenSentences::stands_alone(std::size_t number) const {
  if (!points_back(table_.text_of(table_.sentences()[number]))) return true;
  return table_.before(number) != nullptr && has(number - 1);
}

void ChosenSentences::add(std::size_t number) {
  if (has(number) || repeats(number) || !fits(1, length_of(number))) return;
  push(number);
}

void ChosenSentences::add_with_antecedent(std::size_t number) {
  if (has(number) || repeats(number)) return;
  const Sentence& sentence = table_.sentences()[number];
  const bool dangles = points_back(table_.text_of(sentence));
  const bool has_before = dangles && table_.before(number) != nullptr;
  if (!dangles || (has_before && has(number - 1))) return add(number);
  const bool may_take = has_before && may_be_chosen(table_, number - 1);
  if (may_take && fits(2, length_of(number) + length_of(number - 1))) {
    push(number);
    push(number - 1);
  } else if (numbers_.empty()) {
    push(number);
  }
}

void ChosenSentences::add_row(std::size_t number) {
  if (has(number) || repeats(number)) return;
  const std::int32_t header = table_.sentences()[number].part.header;
  const bool names = header >= 0 && !has(static_cast<std::size_t>(header));
  std::size_t length = length_of(number);
  if (names) length += length_of(static_cast<std::size_t>(header));
  if (!fits(1, length)) return;
  push(number);
  if (!names) return;
  push(static_cast<std::size_t>(header));
  --count_;
}

bool ChosenSentences::add_list(const SentenceList& list) {
  std::vector<std::size_t> whole{list.intro};
  std::vector<std::size_t> leads{list.intro};
  std::size_t whole_length = length_of(list.intro);
  std::size_t leads_length = whole_length;
  for (const std::size_t i : shown_of(list)) {
    whole.push_back(i);
    whole_length += length_of(i);
    if (table_.sentences()[i].part.shape != QuoteShape::Item) continue;
    leads.push_back(i);
    leads_length += length_of(i);
  }
  const bool fits_whole = whole_length <= budget_.list_code_points_max;
  if (!fits_whole && leads_length > budget_.list_code_points_max) return false;
  for (const std::size_t number : fits_whole ? whole : leads)
    if (!has(number)) numbers_.push_back(number);
  ++count_;
  return true;
}

// All sentences of the list, but of what a terminal shows the commands and the start of what each
// prints.
std::vector<std::size_t> ChosenSentences::shown_of(const SentenceList& list) const {
  constexpr std::size_t kWholeMax = 6;
  constexpr std::size_t kPrintedMax = 2;
  const bool cut = list.is_commands && list.end - list.begin > kWholeMax;
  std::vector<std::size_t> shown;
  std::size_t printed = 0;
  for (std::size_t i = list.begin; i < list.end; ++i) {
    const bool typed = is_prompt_line(table_.text_of(table_.sentences()[i]));
    printed = typed ? 0 : printed + 1;
    if (!cut || printed <= kPrintedMax) shown.push_back(i);
  }
  return shown;
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
  if (count_ + sentences > budget_.sentences_max) return false;
  if (numbers_.empty() && sentences == 1) return true;
  return used_ + code_points <= budget_.code_points_max;
}

std::size_t ChosenSentences::length_of(std::size_t number) const {
  return count_code_points(table_.text_of(table_.sentences()[number]));
}

void ChosenSentences::push(std::size_t number) {
  numbers_.push_back(number);
  ++count_;
  used_ += length_of(number);
}

}  // namespace muai
