#pragma once

// Three tables of decision trees, trained on pages whose content people had marked
// (tools/train_extraction.py). The first judges a block by itself; the type table judges what kind
// of page it stands on; the second judges the block by both, and by what the first said about its
// surroundings.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace muai {

// An inner node of a tree. Its left subtree has the leaves [left_begin, left_end), counted from the
// left; a row whose feature is above `threshold` does not end in them.
struct TreeNode {
  std::int16_t feature;
  std::uint8_t left_begin, left_end;
  float threshold;
};

// A tree of k leaves has k-1 nodes, in any order; at most kLeavesMax leaves.
inline constexpr std::size_t kLeavesMax = 32;
struct TreeTable {
  std::span<const TreeNode> nodes;               // of all trees, one tree after the other
  std::span<const float> leaves;                 // what each tree says, likewise
  std::span<const std::uint8_t> leaves_of_tree;  // their number, for each tree
};

TreeTable first_table();
TreeTable type_table();  // the trees of all types in turn
TreeTable second_table();

// What a page is for. The order is that of the trained table.
enum class PageUse : std::uint8_t {
  Article,
  Documentation,
  Service,
  Forum,
  Collection,
  Listing,
  Product,
};
inline constexpr std::size_t kPageUseCount = 7;

// "article", "documentation", ...
std::string_view to_string(PageUse use);

// Probability of each use; they add up to 1.
std::array<float, kPageUseCount> uses_of(const std::vector<float>& row);

// For each row, the probability in (0, 1) that the block measured so is content. The rows are of
// one length, at least what the table asks for.
std::vector<float> probabilities_of(const TreeTable& table,
                                    std::span<const std::vector<float>> rows);

}  // namespace muai
