#pragma once

// Learned words: what the words in the names that authors give to elements, and the words that a
// block begins with, say about it being content. html_hints knows some words by meaning; these are
// many more, each with the weight that pages with marked content gave it
// (tools/train_extraction.py).

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "document/html_page.h"

namespace muai {

// Words of tags, classes, ids and roles of one element, without repetitions: "div", "post", "body".
std::vector<std::string> name_words(const HtmlTree& tree, NodeId id);

// The first words of a block in lower case; none for scripts without blanks.
std::vector<std::string> first_words(std::string_view text);

// Words with their logarithms of odds, by word.
using WordWeights = std::unordered_map<std::string_view, float>;
const WordWeights& weights_of_names();
const WordWeights& weights_of_text();

// The generated tables: lines of "word=weight ", weights in hundredths.
std::span<const std::string_view> name_word_lines();
std::span<const std::string_view> text_word_lines();

// The elements around a block that count for its names, nearest first: the block's own and those
// around it below <body>, at most kNamesMax.
inline constexpr std::size_t kNamesMax = 8;
std::vector<NodeId> named_elements(const HtmlTree& tree, NodeId id);

// The weights of some words.
struct WordSummary {
  float sum = 0, least = 0, most = 0;
  int count = 0;

  void add(float weight);
  float mean() const { return count == 0 ? 0 : sum / static_cast<float>(count); }
};

class LearnedWords {
 public:
  explicit LearnedWords(const HtmlPage& page) : page_(page) {}

  // Appends the features of a block; to be asked for each block of the page in order.
  // tools/train_extraction.py computes the same ones.
  void append(const PageBlock& block, std::vector<float>& row);

 private:
  const std::vector<float>& weights_of(NodeId id);

  const HtmlPage& page_;
  std::unordered_map<NodeId, std::vector<float>> known_;
  WordSummary heading_;  // the words of the last heading
};

}  // namespace muai
