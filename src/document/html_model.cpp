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

float probability_of(const TreeTable& table, std::span<const float> row) {
  float sum = 0;
  for (const std::uint16_t root : table.roots) sum += value_of(table, root, row);
  return 1 / (1 + std::exp(-sum));
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
