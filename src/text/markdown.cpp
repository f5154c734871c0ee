#include "muai/text/markdown.h"

#include "text/lines.h"
#include "text/scan.h"

namespace muai {
namespace {

class BlockScanner {
 public:
  explicit BlockScanner(std::string_view text) : text_(text) {}

  std::vector<MarkdownBlock> scan() && {
    for (std::size_t at = 0; at < text_.size();) {
      const Line line = read_line(text_, at);
      take(line);
      at = line.span.end + 1;
    }
    return std::move(blocks_);
  }

 private:
  void take(const Line& line) {
    if (fence_length_ > 0) {
      take_code(line);
      return;
    }
    switch (line.kind) {
      case LineKind::Blank: open_ = false; return;
      case LineKind::Prose: take_prose(line); return;
      case LineKind::Heading:
        items_.clear();
        add(BlockKind::Heading, line.level, line);
        open_ = false;
        return;
      case LineKind::Item: take_item(line); return;
      case LineKind::Quote: grow_or_add(BlockKind::Quote, line.level, line); return;
      case LineKind::Table: grow_or_add(BlockKind::Table, 0, line); return;
      case LineKind::Rule: take_rule(line); return;
      case LineKind::Fence:
        add(BlockKind::Code, 0, line);
        blocks_.back().span.end = line.span.end;
        blocks_.back().content = {line.span.end, line.span.end};
        fence_length_ = line.level;
        fence_mark_ = text_[line.content.begin];
        return;
    }
  }

  // The content of a code block is every line between the fences.
  void take_code(const Line& line) {
    MarkdownBlock& block = blocks_.back();
    block.span.end = line.span.end;
    const bool closes = line.kind == LineKind::Fence && line.level >= fence_length_ &&
                        text_[line.content.begin] == fence_mark_;
    if (!closes) {
      if (block.content.empty()) block.content.begin = line.span.begin;
      block.content.end = line.span.end;
      return;
    }
    fence_length_ = 0;
    open_ = false;
  }

  // Prose goes on with an open paragraph, quote or item.
  void take_prose(const Line& line) {
    const bool goes_on =
        open_ &&
        (blocks_.back().kind == BlockKind::Paragraph || blocks_.back().kind == BlockKind::Quote ||
         (blocks_.back().kind == BlockKind::ListItem && line.indent >= 2));
    if (goes_on) {
      grow(line);
      return;
    }
    if (line.indent < 2) items_.clear();
    add(BlockKind::Paragraph, 0, line);
  }

  void take_item(const Line& line) {
    const bool in_paragraph = open_ && blocks_.back().kind == BlockKind::Paragraph;
    if (in_paragraph && !line.first_number) {
      grow(line);
      return;
    }
    while (!items_.empty() && items_.back() >= line.indent) items_.pop_back();
    items_.push_back(line.indent);
    add(BlockKind::ListItem, static_cast<int>(items_.size()), line);
  }

  // "===" or "---" below a paragraph makes it a heading.
  void take_rule(const Line& line) {
    const char mark = text_[skip_spaces(text_, line.span.begin, line.span.end)];
    const bool underlines =
        open_ && blocks_.back().kind == BlockKind::Paragraph && (mark == '=' || mark == '-');
    if (underlines) {
      blocks_.back().kind = BlockKind::Heading;
      blocks_.back().level = mark == '=' ? 1 : 2;
      blocks_.back().span.end = line.span.end;
      items_.clear();
    } else {
      add(BlockKind::Rule, 0, line);
      blocks_.back().content.begin = blocks_.back().content.end;
    }
    open_ = false;
  }

  void grow_or_add(BlockKind kind, int level, const Line& line) {
    if (open_ && blocks_.back().kind == kind) {
      grow(line);
    } else {
      add(kind, level, line);
    }
  }

  void add(BlockKind kind, int level, const Line& line) {
    blocks_.push_back({kind, level, trim(text_, line.span), line.content});
    open_ = true;
  }

  void grow(const Line& line) {
    blocks_.back().span.end = trim(text_, line.span).end;
    blocks_.back().content.end = blocks_.back().span.end;
  }

  std::string_view text_;
  std::vector<MarkdownBlock> blocks_;
  std::vector<std::size_t> items_;  // indents of the items we are inside, outermost first
  bool open_ = false;               // the last block may go on
  int fence_length_ = 0;            // of the code block we are in, else 0
  char fence_mark_ = '`';
};

}  // namespace

std::vector<MarkdownBlock> scan_markdown(std::string_view text) {
  return BlockScanner(text).scan();
}

}  // namespace muai
