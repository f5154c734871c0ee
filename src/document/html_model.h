#pragma once

// Two tables of decision trees, trained on pages whose content people had marked
// (tools/train_extraction.py). The first judges a block by itself; the second also by what the
// first said about its surroundings.

#include <cstdint>
#include <span>

namespace muai {

// In preorder: the left child is the next node, the right one `right` nodes on. A leaf has feature
// -1; its `value` is what the tree says. Elsewhere the path goes left when the measured feature is
// at most `value`.
struct TreeNode {
  std::int16_t feature;
  std::uint16_t right;
  float value;
};

struct TreeTable {
  std::span<const TreeNode> nodes;
  std::span<const std::uint16_t> roots;  // one for each tree
};

TreeTable first_table();
TreeTable second_table();

// Probability in (0, 1) that the block measured as `row` is content.
float probability_of(const TreeTable& table, std::span<const float> row);

}  // namespace muai
