#pragma once

// Which nodes of a page a reader would not see.

#include <vector>

#include "document/html_style.h"
#include "document/html_tree.h"

namespace muai {

struct Visibility {
  std::vector<HidingRule> hidden_by;  // for each node; below a hidden element that element's rule
  std::size_t revealed_elements = 0;  // hidden until a script shows them; treated as visible
  std::size_t hidden_elements = 0;    // outermost hidden elements with text in them

  bool is_hidden(NodeId id) const { return hidden_by[id] != HidingRule::None; }
};

// `has_style_sheet`: the page has CSS that may colour backgrounds, so that light text on the
// default white is no proof of hiding. Linear.
enum class StyleSheets : std::uint8_t { None, Some };
Visibility find_hidden(const HtmlTree& tree, const HiddenNames& names, StyleSheets sheets);

}  // namespace muai
