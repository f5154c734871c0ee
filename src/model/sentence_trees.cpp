#include "model/sentence_trees.h"

namespace muai {

double tree_score(const SentenceTrees& trees, std::span<const float> row) {
  double score = 0;
  for (const std::uint16_t root : trees.roots) {
    const SentenceTreeNode* node = &trees.nodes[root];
    while (node->feature >= 0) {
      const bool left = row[static_cast<std::size_t>(node->feature)] <= node->value;
      node += left ? 1 : node->right;
    }
    score += node->value;
  }
  return score;
}

}  // namespace muai
