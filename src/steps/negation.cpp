#include "steps/negation.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "muai/text/language.h"
#include "muai/text/tokens.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

constexpr auto kNegators = std::to_array<std::string_view>(
    {"not", "no", "never", "cannot", "without", "neither", "nor", "none"});

// Words of Chinese that begin with a negating character and negate nothing.
constexpr auto kHarmless =
    std::to_array<std::string_view>({"不仅", "不同", "不断", "不过", "不少", "不论", "不但", "不久",
                                     "未来", "无论", "无数", "非常", "无线", "非洲"});
constexpr auto kChineseNegators =
    std::to_array<std::string_view>({"没有", "不", "没", "未", "无", "非"});

std::string lower(std::string_view word) {
  std::string text(word);
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

// Runs of ASCII letters with their apostrophes, in lower case.
std::vector<std::string> english_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ' ';
    const bool part = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '\'';
    if (part) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(lower(word));
      word.clear();
    }
  }
  return words;
}

bool negates(std::string_view word) {
  return word.ends_with("n't") || std::ranges::find(kNegators, word) != kNegators.end();
}

bool is_in(const std::vector<std::string>& terms, std::string_view term) {
  return std::ranges::find(terms, term) != terms.end();
}

// What follows a negation in Chinese, two characters each.
std::vector<std::string> negated_chinese(std::string_view text) {
  std::vector<std::string> negated;
  for (std::size_t at = 0; at < text.size(); at += decode_utf8(text, at).size) {
    const std::string_view rest = text.substr(at);
    const auto starts = [&](std::string_view word) { return rest.starts_with(word); };
    if (std::ranges::any_of(kHarmless, starts)) continue;
    const auto* const negator = std::ranges::find_if(kChineseNegators, starts);
    if (negator == kChineseNegators.end()) continue;
    std::string_view after = first_code_points(rest.substr(negator->size()), 2);
    if (count_code_points(after) == 2 && has_cjk(after)) negated.emplace_back(after);
  }
  return negated;
}

bool contradicts_english(std::string_view evidence, std::string_view claim) {
  const std::vector<std::string> of_claim = english_words(claim);
  const std::vector<std::string> of_evidence = english_words(evidence);
  const bool claim_negates = std::ranges::any_of(of_claim, negates);
  if (claim_negates) return !std::ranges::any_of(of_evidence, negates);
  std::vector<std::string> affirmed;
  bool known = false;
  for (std::size_t i = 0; i < of_evidence.size(); ++i) {
    if (!negates(of_evidence[i])) continue;
    if (!known) affirmed = analyse(claim, {.stop_words = StopWords::Drop});
    known = true;
    std::size_t next = i + 1;
    while (next < of_evidence.size() && is_stop_word(of_evidence[next]) &&
           of_evidence[next] != "only")
      ++next;
    if (next == of_evidence.size() || of_evidence[next] == "only") continue;
    for (const std::string& term : analyse(of_evidence[next]))
      if (is_in(affirmed, term)) return true;
  }
  return false;
}

bool contradicts_chinese(std::string_view evidence, std::string_view claim) {
  if (!has_cjk(claim)) return false;
  const std::vector<std::string> of_claim = negated_chinese(claim);
  const std::vector<std::string> of_evidence = negated_chinese(evidence);
  if (!of_claim.empty()) return of_evidence.empty();
  return std::ranges::any_of(of_evidence, [&](const std::string& word) {
    return claim.find(word) != std::string_view::npos;
  });
}

}  // namespace

bool contradicts(std::string_view evidence, std::string_view claim) {
  return contradicts_english(evidence, claim) || contradicts_chinese(evidence, claim);
}

}  // namespace muai
