// A tree is not walked. Each of its nodes that sends a row to the right rules out the leaves on its
// left; the first leaf that no node rules out is the one a walk would end at. All nodes are looked
// at for many rows together, which has no branches to guess wrong and fills vector registers.

#include "document/html_model.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>

namespace muai {

namespace {

constexpr std::size_t kRowsAtOnce = 32;

using Column = std::array<float, kRowsAtOnce>;
using Sums = std::array<float, kRowsAtOnce>;

// Bits of the leaves that a node does not rule out.
std::uint32_t leaves_besides(const TreeNode& node) {
  const auto below = [](std::uint8_t end) { return static_cast<std::uint32_t>((1ULL << end) - 1); };
  return ~(below(node.left_end) & ~below(node.left_begin));
}

// Adds what one tree says of each row.
void add_tree(std::span<const TreeNode> nodes, const float* leaves, const Column* columns,
              Sums& sums) {
  std::array<std::uint32_t, kRowsAtOnce> possible;
  possible.fill(~std::uint32_t{0});
  for (const TreeNode& node : nodes) {
    const Column& column = columns[node.feature];
    const std::uint32_t besides = leaves_besides(node);
    for (std::size_t row = 0; row < kRowsAtOnce; ++row)
      possible[row] &= column[row] > node.threshold ? besides : ~std::uint32_t{0};
  }
  for (std::size_t row = 0; row < kRowsAtOnce; ++row)
    sums[row] += leaves[std::countr_zero(possible[row])];
}

// Adds what every tree says of each row to the sums that `sums_of(tree)` names.
template <class SumsOf>
void add_trees(const TreeTable& table, const Column* columns, SumsOf sums_of) {
  std::size_t node = 0, leaf = 0;
  for (std::size_t tree = 0; tree < table.leaves_of_tree.size(); ++tree) {
    const std::size_t leaves = table.leaves_of_tree[tree];
    add_tree(table.nodes.subspan(node, leaves - 1), &table.leaves[leaf], columns, sums_of(tree));
    node += leaves - 1;
    leaf += leaves;
  }
}

// The rows, which are of one length and at most kRowsAtOnce, as columns.
void turn(std::span<const std::vector<float>> rows, std::vector<Column>& columns) {
  columns.resize(rows.front().size());
  for (std::size_t row = 0; row < rows.size(); ++row)
    for (std::size_t column = 0; column < columns.size(); ++column)
      columns[column][row] = rows[row][column];
}

}  // namespace

std::vector<float> probabilities_of(const TreeTable& table,
                                    std::span<const std::vector<float>> rows) {
  std::vector<float> out(rows.size());
  std::vector<Column> columns;
  for (std::size_t begin = 0; begin < rows.size(); begin += kRowsAtOnce) {
    const auto some = rows.subspan(begin, std::min(kRowsAtOnce, rows.size() - begin));
    turn(some, columns);
    Sums sums{};
    add_trees(table, columns.data(), [&](std::size_t) -> Sums& { return sums; });
    for (std::size_t row = 0; row < some.size(); ++row)
      out[begin + row] = 1 / (1 + std::exp(-sums[row]));
  }
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

std::array<float, kPageUseCount> uses_of(const std::vector<float>& row) {
  std::vector<Column> columns;
  turn(std::span(&row, 1), columns);
  std::array<Sums, kPageUseCount> sums{};
  add_trees(type_table(), columns.data(),
            [&](std::size_t tree) -> Sums& { return sums[tree % kPageUseCount]; });
  std::array<float, kPageUseCount> out{};
  float all = 0;
  for (std::size_t use = 0; use < kPageUseCount; ++use)
    all += out[use] = std::exp(sums[use].front());
  for (float& value : out) value /= all;
  return out;
}

}  // namespace muai
