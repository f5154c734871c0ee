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
std::array<float, kPageUseCount> uses_of(std::span<const float> row);

// For each row, the probability in (0, 1) that the block measured so is content. A row has at least
// as many numbers as the table asks for.
std::vector<float> probabilities_of(const TreeTable& table,
                                    std::span<const std::vector<float>> rows);

}  // namespace muai
