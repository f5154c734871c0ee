#pragma once

// The blocks of a Markdown text, found line by line. Not a renderer: enough to know what is a
// heading, an item, code or prose. Follows CommonMark for these blocks, except that only fences
// make code: prose that is merely indented stays prose. Inline marks are left in.

#include <cstdint>
#include <string_view>
#include <vector>

#include "muai/core/byte_span.h"

namespace muai {

enum class BlockKind : std::uint8_t { Paragraph, Heading, ListItem, Quote, Code, Table, Rule };

struct MarkdownBlock {
  BlockKind kind;
  int level;         // heading 1-6; item: nesting from 1; quote: depth from 1; else 0
  ByteSpan span;     // the block with its marks, without the newline at its end
  ByteSpan content;  // without '#', bullet, '>', fences; Rule: empty
};

// Blocks in order, without overlap; everything between them is blank. A list item or quote that
// goes on over several lines is one block. Linear time, any bytes. Thread-safe.
std::vector<MarkdownBlock> scan_markdown(std::string_view text);

}  // namespace muai
