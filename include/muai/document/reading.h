#pragma once

// Reading: a document together with what became of each stretch of its source, so that a person can
// see why a paragraph is missing. For people and tools that look into extraction; everything else
// wants read_document alone.
//
// Plain values. Functions are pure, thread-safe, and as linear and bounded as the readers.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/result.h"
#include "muai/document/document.h"

namespace muai {

enum class BlockFate : std::uint8_t {
  Kept,
  Boilerplate,  // visible, and judged not to be content
  Hidden,       // a reader of the page would not see it
  Decoration,   // small machinery inside text: anchors, edit links, footnote marks, line numbers
};

// "kept", "boilerplate", "hidden", "decoration".
std::string_view to_string(BlockFate fate);

struct BlockVerdict {
  BlockFate fate = BlockFate::Kept;
  BlockKind kind = BlockKind::Paragraph;
  // Of being content, as the trained model sees it; nothing where no model was asked.
  std::optional<float> probability;
  std::string reason;  // "probability 0.07 is below 0.41; in navigation", "display:none"
  std::string text;    // visible characters only; of what is not kept at most 2 kB
};

struct Reading {
  // Its text may be empty: the verdicts and notes then say why.
  Document document;
  // In document order. Empty for kinds of documents that are kept whole.
  std::vector<BlockVerdict> verdicts;
  // What the trained model takes an HTML page for ("article", "documentation", "service", "forum",
  // "collection", "listing", "product") and how sure it is; "" where no model was asked.
  std::string likely_use;
  float likely_use_probability = 0;
};

// As read_document. Fails where that fails, except that an HTML page without readable text is no
// error here.
Result<Reading> explain_document(std::string_view bytes, const DocumentHint& hint);

// A page in any encoding, known to be HTML.
Reading explain_html(std::string_view bytes, const DocumentHint& hint);

}  // namespace muai
