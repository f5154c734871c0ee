#include "document/html_model.h"

#include <cmath>
#include <cstddef>

namespace muai {

float probability_of(const TreeTable& table, std::span<const float> row) {
  float sum = 0;
  for (const std::uint16_t root : table.roots) {
    std::size_t at = root;
    while (table.nodes[at].feature >= 0) {
      const TreeNode& node = table.nodes[at];
      at += row[static_cast<std::size_t>(node.feature)] <= node.value ? 1U : node.right;
    }
    sum += table.nodes[at].value;
  }
  return 1 / (1 + std::exp(-sum));
}

}  // namespace muai
