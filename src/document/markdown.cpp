// The scanner of the text layer finds the blocks; here each becomes the text a reader sees. Raw
// HTML between blocks goes through the HTML reader, so that hiding does not work in Markdown
// either.

#include "muai/text/markdown.h"

#include <algorithm>

#include "document/ascii.h"
#include "document/html_page.h"
#include "document/markdown_inline.h"
#include "document/source_text.h"
#include "document/text_builder.h"
#include "muai/document/html.h"
#include "muai/document/read_document.h"

namespace muai {
namespace {

std::string_view unquoted(std::string_view value) {
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
      value.back() == value.front())
    return value.substr(1, value.size() - 2);
  return value;
}

// Takes "---" ... "---" off the front of `text` and reads the plain members it knows.
std::string_view take_front_matter(std::string_view text, Document& document) {
  if (!text.starts_with("---\n")) return text;
  for (std::size_t at = 4; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    if (line == "---" || line == "...") {
      document.notes.push_back("front matter dropped from the text");
      return text.substr(std::min(at, text.size()));
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string key = ascii_lower(line.substr(0, colon));
    const std::string value(unquoted(ascii_trim(line.substr(colon + 1))));
    if (value.empty()) continue;
    if (key == "title") document.title = value;
    if (key == "author") document.author = value;
    if (key == "date") document.date = value.substr(0, 10);
    if (key == "lang" || key == "language") document.language = ascii_lower(value);
  }
  // Never closed: a rule, and ordinary text.
  document.title.clear();
  document.author.clear();
  document.date.clear();
  document.language.clear();
  return text;
}

// Comments are invisible wherever they stand outside of code.
bool is_html(std::string_view text) {
  return text.size() > 1 && text[0] == '<' &&
         (ascii_is_letter(text[1]) || text[1] == '/' || text[1] == '!');
}

class Reader {
 public:
  Reader(std::string_view text, Document& document) : text_(text), document_(document) {}

  // Returns the first heading of level 1, or "".
  std::string run() {
    for (const MarkdownBlock& block : scan_markdown(text_)) take(block);
    return std::move(first_title_);
  }

 private:
  void take(const MarkdownBlock& block) {
    const std::string_view content = block.content.of(text_);
    switch (block.kind) {
      case BlockKind::Rule: return;
      case BlockKind::Table: return take_rows(content);
      case BlockKind::Code: return take_code(content);
      case BlockKind::Quote: return put(block, plain_inline(without_marks(content)));
      case BlockKind::Paragraph:
        if (is_html(content) || !comment_.empty()) return take_html(content);
        break;
      default: break;
    }
    put(block, plain_inline(content));
  }

  void put(const MarkdownBlock& block, std::string text) {
    if (text.empty()) return;
    const bool joins = block.kind == BlockKind::ListItem && last_ == BlockKind::ListItem;
    append_block(document_,
                 {block.kind, block.kind == BlockKind::Heading ? block.level : 0,
                  joins ? BlockGap::Line : BlockGap::BlankLine},
                 text);
    if (block.kind == BlockKind::Heading && block.level == 1 && first_title_.empty())
      first_title_ = text;
    last_ = block.kind;
  }

  void take_code(std::string_view content) {
    while (!content.empty() && ascii_is_space(content.back())) content.remove_suffix(1);
    if (ascii_trim(content).empty()) return;
    append_block(document_, {BlockKind::Code, 0, BlockGap::BlankLine}, content);
    last_ = BlockKind::Code;
  }

  // A quote goes on over lines that begin with '>' themselves.
  static std::string without_marks(std::string_view content) {
    std::string out;
    for (std::size_t at = 0; at < content.size();) {
      const std::size_t end = std::min(content.find('\n', at), content.size());
      std::string_view line = ascii_trim(content.substr(at, end - at));
      while (line.starts_with('>')) line = ascii_trim(line.substr(1));
      out += line;
      out += '\n';
      at = end + 1;
    }
    return out;
  }

  void take_rows(std::string_view content) {
    BlockGap gap = BlockGap::BlankLine;
    for (std::size_t at = 0; at < content.size();) {
      const std::size_t end = std::min(content.find('\n', at), content.size());
      const std::string row = row_of(ascii_trim(content.substr(at, end - at)));
      at = end + 1;
      if (row.empty()) continue;
      append_block(document_, {BlockKind::Table, 0, gap}, row);
      gap = BlockGap::Line;
    }
    last_ = BlockKind::Table;
  }

  // Cells joined by " | "; "" for the line that draws the rule below the header.
  static std::string row_of(std::string_view line) {
    if (line.find_first_not_of("|-: ") == std::string_view::npos) return {};
    if (line.starts_with('|')) line.remove_prefix(1);
    if (line.ends_with('|') && !line.ends_with("\\|")) line.remove_suffix(1);
    std::string out;
    std::size_t cells = 0;
    for (std::size_t begin = 0, at = 0; at <= line.size(); ++at) {
      if (at < line.size() && (line[at] != '|' || (at > 0 && line[at - 1] == '\\'))) continue;
      if (cells++ > 0) out += " | ";
      out += plain_inline(line.substr(begin, at - begin));
      begin = at + 1;
    }
    return out;
  }

  // Raw HTML between blocks: what it shows is text, what it hides is not. A comment may span
  // blank lines, and so several of the scanner's blocks.
  void take_html(std::string_view content) {
    std::string html = comment_.empty() ? std::string(content) : comment_ + std::string(content);
    const std::size_t comment = html.rfind("<!--");
    if (comment != std::string::npos && html.find("-->", comment) == std::string::npos) {
      comment_ = "<!--";
      html.resize(comment);
    } else {
      comment_.clear();
    }
    const HtmlPage page = parse_page(std::string_view(html).substr(0, kHtmlBytesMax));
    for (const PageBlock& block : page.blocks) {
      // Markdown may go on inside HTML elements.
      const std::string text =
          block.kind == BlockKind::Code ? block.text : plain_inline(block.text);
      if (text.empty()) continue;
      append_block(document_, {block.kind, block.level, BlockGap::BlankLine}, text);
      last_ = block.kind;
    }
  }

  std::string_view text_;
  Document& document_;
  BlockKind last_ = BlockKind::Rule;
  std::string comment_;  // "<!--" while a comment is open
  std::string first_title_;
};

}  // namespace

Result<Document> read_markdown(std::string_view bytes, const DocumentHint& hint) {
  Document document = new_document(DocumentKind::Markdown, hint);
  const std::string file_title = std::move(document.title);
  document.title.clear();
  const std::string text = decode_text(bytes, hint);
  const std::string_view body = take_front_matter(text, document);
  const std::string first_title = Reader(body, document).run();
  if (document.title.empty()) document.title = first_title;
  if (document.title.empty()) document.title = file_title;
  if (document.text.empty()) return std::unexpected(no_text_error(hint));
  return document;
}

}  // namespace muai
