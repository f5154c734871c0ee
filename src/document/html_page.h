#pragma once

// A page taken apart up to its visible blocks: everything before the choice of content.

#include <string>
#include <string_view>
#include <vector>

#include "document/html_blocks.h"
#include "document/html_tree.h"
#include "document/json_ld.h"

namespace muai {

struct HtmlPage {
  HtmlTree tree;
  std::vector<PageBlock> blocks;
  std::vector<SkippedPart> skipped;
  std::vector<HidingRule> hidden_by;  // for each node of the tree
  JsonLd json_ld;
  std::vector<std::string> notes;
};

// `html` is valid UTF-8 of at most kHtmlBytesMax bytes. The page does not view it.
HtmlPage parse_page(std::string_view html);

// Appends the blocks that are kept (as many flags as blocks) to the document, items of a list and
// rows of a table on neighbouring lines.
void append_page_blocks(const std::vector<PageBlock>& blocks, const std::vector<bool>& kept,
                        Document& document);

}  // namespace muai
