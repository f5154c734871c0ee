#pragma once

// Puts a document's text together from blocks, with the spans and separators that document.h
// promises. The one place that knows them.

#include <string_view>

#include "muai/document/document.h"

namespace muai {

// How a block follows the one before it: list items and rows of one group stand on neighbouring
// lines, everything else has a blank line between.
enum class BlockGap : std::uint8_t { Line, BlankLine };

// Appends `text` (not empty, valid UTF-8) as a block of `document`; a heading also goes to its
// headings, with `level`.
struct NewBlock {
  BlockKind kind = BlockKind::Paragraph;
  int level = 0;
  BlockGap gap = BlockGap::BlankLine;
};
void append_block(Document& document, NewBlock block, std::string_view text);

}  // namespace muai
