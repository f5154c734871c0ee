#pragma once

// Tables of decision trees that order the sentences of a source by how likely they hold the answer
// to a question, trained on questions whose answers people had marked (tools/train_answers.py).
// Private to the extractive backend.

#include <cstdint>
#include <span>

namespace muai {

// In preorder: the left child is the next node, the right one `right` nodes on. A leaf has feature
// -1; its `value` is what the tree says. Elsewhere the path goes left when the measured feature is
// at most `value`.
struct SentenceTreeNode {
  std::int16_t feature;
  std::uint16_t right;
  float value;
};

struct SentenceTrees {
  std::span<const SentenceTreeNode> nodes;
  std::span<const std::uint16_t> roots;  // one for each tree
};

SentenceTrees english_sentence_trees();
SentenceTrees chinese_sentence_trees();

// Higher for sentences that are more likely to answer; comparable between sentences for one
// question, mostly within -4 and 4. `row` is a FeatureRow (model/sentence_features.h).
double tree_score(const SentenceTrees& trees, std::span<const float> row);

}  // namespace muai
