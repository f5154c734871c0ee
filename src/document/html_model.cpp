#include "document/html_model.h"

#include <cmath>
#include <cstddef>

namespace muai {

namespace {

float value_of(const TreeTable& table, std::size_t at, std::span<const float> row) {
  while (table.nodes[at].feature >= 0) {
    const TreeNode& node = table.nodes[at];
    at += row[static_cast<std::size_t>(node.feature)] <= node.value ? 1U : node.right;
  }
  return table.nodes[at].value;
}

}  // namespace

// Tree by tree, so that a tree stays in the nearest memory while all rows walk down it.
std::vector<float> probabilities_of(const TreeTable& table,
                                    std::span<const std::vector<float>> rows) {
  std::vector<float> out(rows.size());
  for (const std::uint16_t root : table.roots)
    for (std::size_t i = 0; i < rows.size(); ++i) out[i] += value_of(table, root, rows[i]);
  for (float& value : out) value = 1 / (1 + std::exp(-value));
  return out;
}

std::string_view to_string(PageUse use) {
  switch (use) {
    case PageUse::Article: return "article";
    case PageUse::Documentation: return "documentation";
    case PageUse::Service: return "service";
    case PageUse::Forum: return "forum";
    case PageUse::Collection: return "collection";
    case PageUse::Listing: return "listing";
    case PageUse::Product: return "product";
  }
  return "article";
}

std::array<float, kPageUseCount> uses_of(std::span<const float> row) {
  const TreeTable table = type_table();
  std::array<float, kPageUseCount> out{};
  for (std::size_t tree = 0; tree < table.roots.size(); ++tree)
    out[tree % kPageUseCount] += value_of(table, table.roots[tree], row);
  float all = 0;
  for (float& value : out) all += value = std::exp(value);
  for (float& value : out) value /= all;
  return out;
}

}  // namespace muai
