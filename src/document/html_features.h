#pragma once

// What can be measured about each block of a page, as numbers for the classifier that chooses the
// content (html_main). The order of the numbers is part of the trained table.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "document/html_page.h"

namespace muai {

// One row of numbers per block.
struct FeatureTable {
  std::size_t columns = 0;
  std::size_t page_columns = 0;  // the last of them, which are the same in each row
  std::vector<float> values;
  // For each block, the child of the page's main container that holds it (or the block's own
  // topmost ancestor below <body> when it lies outside): blocks of one section share it.
  std::vector<NodeId> section;
  // For each block, the group of blocks that look like it (html_groups.h).
  std::vector<std::uint32_t> group;

  std::size_t rows() const { return columns == 0 ? 0 : values.size() / columns; }
  std::span<const float> row(std::size_t i) const {
    return std::span(values).subspan(i * columns, columns);
  }
};

// Linear in the page apart from the bounded depth of the tree. `url` may be empty.
FeatureTable measure_blocks(const HtmlPage& page, std::string_view url);

}  // namespace muai
