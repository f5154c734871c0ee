#include "muai/document/document.h"

#include "document/text_builder.h"

namespace muai {

std::string_view to_string(DocumentKind kind) {
  switch (kind) {
    case DocumentKind::Html: return "html";
    case DocumentKind::Markdown: return "markdown";
    case DocumentKind::PlainText: return "text";
    case DocumentKind::Pdf: return "pdf";
    case DocumentKind::Docx: return "docx";
    case DocumentKind::Epub: return "epub";
  }
  return "text";
}

std::string_view to_string(PageBarrier barrier) {
  switch (barrier) {
    case PageBarrier::None: return "none";
    case PageBarrier::Consent: return "consent";
    case PageBarrier::Paywall: return "paywall";
    case PageBarrier::Challenge: return "challenge";
  }
  return "none";
}

std::string_view explain_barrier(PageBarrier barrier) {
  switch (barrier) {
    case PageBarrier::None: return "";
    case PageBarrier::Consent:
      return "this is a consent page, not the article: it asks for consent to cookies or tracking";
    case PageBarrier::Paywall:
      return "only the beginning of the article is shown: the rest is behind a paywall";
    case PageBarrier::Challenge:
      return "this is a check for a human reader or for scripts, not the page";
  }
  return "";
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
