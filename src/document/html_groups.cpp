#include "document/html_groups.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>

namespace muai {
namespace {

float log_of(std::uint32_t count) { return std::log2(1.0F + static_cast<float>(count)); }

float ratio(std::uint32_t part, std::uint32_t whole) {
  return whole == 0 ? 0.0F : static_cast<float>(part) / static_cast<float>(whole);
}

std::string look_of(const HtmlTree& tree, const PageBlock& block) {
  std::string look =
      std::to_string(static_cast<int>(tree[block.node].tag) * 8 + static_cast<int>(block.kind));
  look += ' ';
  look += tree.attribute(block.node, Attribute::Class).substr(0, 40);
  const NodeId parent = tree[block.node].parent;
  if (parent == kNoNode) return look;
  look += '/';
  look += std::to_string(static_cast<int>(tree[parent].tag));
  look += tree.attribute(parent, Attribute::Class).substr(0, 40);
  return look;
}

}  // namespace

BlockGroups::BlockGroups(const HtmlPage& page) {
  std::unordered_map<std::string, std::uint32_t> numbers;
  for (std::uint32_t i = 0; i < page.blocks.size(); ++i) {
    const PageBlock& block = page.blocks[i];
    const auto [at, is_new] =
        numbers.try_emplace(look_of(page.tree, block), static_cast<std::uint32_t>(groups_.size()));
    if (is_new) {
      groups_.push_back({});
      groups_.back().first = i;
    }
    Group& group = groups_[at->second];
    group_of_.push_back(at->second);
    place_.push_back(group.blocks++);
    const auto bytes = static_cast<std::uint32_t>(std::min<std::size_t>(block.text.size(), 2000));
    group.bytes += bytes;
    group.link_bytes += static_cast<std::uint32_t>(std::min<std::size_t>(block.link_bytes, bytes));
    group.last = i;
    bytes_ += bytes;
  }
}

void BlockGroups::append(std::size_t i, std::vector<float>& row) const {
  const Group& group = groups_[group_of_[i]];
  row.push_back(log_of(group.blocks));
  row.push_back(log_of(group.bytes));
  row.push_back(log_of(group.bytes / group.blocks));
  row.push_back(ratio(group.link_bytes, group.bytes));
  row.push_back(ratio(group.bytes, bytes_));
  row.push_back(ratio(place_[i], group.blocks));
  row.push_back(log_of(group.last - group.first));
}

}  // namespace muai
