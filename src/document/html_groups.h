#pragma once

// Blocks that look alike: whose elements have the same tag and class below parents of the same
// class. What a page repeats (posts, entries, menu items) is content as a whole or not at all.

#include <cstdint>
#include <vector>

#include "document/html_page.h"

namespace muai {

class BlockGroups {
 public:
  explicit BlockGroups(const HtmlPage& page);

  // The group of each block, numbered from 0 in order of first appearance.
  const std::vector<std::uint32_t>& group_of() const { return group_of_; }

  // Appends the features of block i.
  void append(std::size_t i, std::vector<float>& row) const;

 private:
  struct Group {
    std::uint32_t blocks = 0, bytes = 0, link_bytes = 0, first = 0, last = 0;
  };
  std::vector<std::uint32_t> group_of_, place_;  // place_: number within the group
  std::vector<Group> groups_;
  std::uint32_t bytes_ = 0;
};

}  // namespace muai
