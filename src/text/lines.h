#pragma once

// What one line of plain text or Markdown is, seen alone. The sentence splitter and the Markdown
// scanner share it, so that they agree on where an item or a heading begins.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "muai/core/byte_span.h"

namespace muai {

enum class LineKind : std::uint8_t {
  Blank,
  Prose,
  Heading,  // "## Title"
  Item,     // "- x", "• x", "1. x", "(2) x", "①x", "[3] x"
  Quote,    // "> x"
  Table,    // "| x | y |"
  Rule,     // "---", "***", "==="
  Fence,    // "```" or "~~~", three or more
};

struct Line {
  LineKind kind = LineKind::Blank;
  int level = 0;             // heading 1-6, quote depth; fence: its length
  std::size_t indent = 0;    // columns before the first mark; a tab goes to a multiple of 4
  bool first_number = true;  // Item: false when numbered and the number is not 1
  ByteSpan span;             // without the newline
  ByteSpan content;          // after '#', bullet, '>'; trimmed
};

// The line that begins at `at`. Linear in its length, except that a Prose line is not read
// beyond its first mark.
Line read_line(std::string_view text, std::size_t at);

}  // namespace muai
