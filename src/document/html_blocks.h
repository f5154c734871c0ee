#pragma once

// The visible text of a whole page as a sequence of blocks, before anything is judged.

#include <string>
#include <vector>

#include "document/html_tree.h"
#include "document/html_visibility.h"
#include "muai/document/document.h"

namespace muai {

struct PageBlock {
  BlockKind kind = BlockKind::Paragraph;
  int level = 0;               // of a heading
  NodeId node = 0;             // nearest block element around the text
  NodeId group = kNoNode;      // of a list item: its outermost list; of a row: its table
  std::size_t link_bytes = 0;  // bytes of `text` inside links
  std::string text;            // UTF-8, never empty, white space collapsed unless kind is Code
};

// A part of the page that made no block.
struct SkippedPart {
  enum class Reason : std::uint8_t { Hidden, Decoration, Laced, ConsentNotice };
  Reason reason = Reason::Hidden;
  NodeId node = 0;         // the element or text node
  std::size_t before = 0;  // index of the block that follows it, or that it stands in
  std::string text = {};   // of a consent notice; elsewhere the text below `node`
};

struct PageBlocks {
  std::vector<PageBlock> blocks;     // in document order
  std::vector<SkippedPart> skipped;  // in document order
  std::size_t obfuscated = 0;  // text nodes dropped because they were laced with invisible marks
};

// Iterative and linear.
PageBlocks segment_page(const HtmlTree& tree, const Visibility& visibility);

}  // namespace muai
