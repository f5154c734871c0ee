#include "muai/document/document.h"

#include "document/text_builder.h"

namespace muai {

std::string_view to_string(DocumentKind kind) {
  switch (kind) {
    case DocumentKind::Html: return "html";
    case DocumentKind::Markdown: return "markdown";
    case DocumentKind::PlainText: return "text";
    case DocumentKind::Pdf: return "pdf";
  }
  return "text";
}

std::string_view to_string(BlockKind kind) {
  switch (kind) {
    case BlockKind::Paragraph: return "paragraph";
    case BlockKind::Heading: return "heading";
    case BlockKind::ListItem: return "list_item";
    case BlockKind::Quote: return "quote";
    case BlockKind::Code: return "code";
    case BlockKind::Table: return "table";
    case BlockKind::Rule: return "rule";
  }
  return "paragraph";
}

void append_block(Document& document, NewBlock block, std::string_view text) {
  if (!document.text.empty()) document.text += block.gap == BlockGap::Line ? "\n" : "\n\n";
  const ByteSpan span{document.text.size(), document.text.size() + text.size()};
  document.text += text;
  document.blocks.push_back({block.kind, span});
  if (block.kind == BlockKind::Heading)
    document.headings.push_back({block.level, std::string(text), span});
}

}  // namespace muai
