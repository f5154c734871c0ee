// A single walk in document order with explicit stacks. Inline text gathers in `current_`; every
// border of a block element ends it.

#include "document/html_blocks.h"

#include <algorithm>
#include <utility>

#include "document/ascii.h"
#include "document/visible_text.h"

namespace muai {
namespace {

constexpr std::size_t kCellBytesMax = 400;  // a longer cell is a column of a layout

bool is_cell(Tag tag) { return tag == Tag::Td || tag == Tag::Th; }
bool is_heading(Tag tag) { return tag >= Tag::H1 && tag <= Tag::H6; }
bool is_list(Tag tag) { return tag == Tag::Ul || tag == Tag::Ol || tag == Tag::Menu; }

// Content that a cell of a table of values does not have.
bool breaks_cells(Tag tag) {
  return is_heading(tag) || is_list(tag) || tag == Tag::Dl || tag == Tag::Pre || tag == Tag::Form ||
         tag == Tag::Article || tag == Tag::Section || tag == Tag::Blockquote;
}

bool has_class(const HtmlTree& tree, NodeId id, std::string_view wanted) {
  std::string_view classes = tree.attribute(id, Attribute::Class);
  for (std::size_t at = classes.find(wanted); at != std::string_view::npos;
       at = classes.find(wanted, at + 1)) {
    const std::size_t end = at + wanted.size();
    if ((at == 0 || ascii_is_space(classes[at - 1])) &&
        (end == classes.size() || ascii_is_space(classes[end])))
      return true;
  }
  return false;
}

// Tables whose rows are rows of values, as opposed to tables that place things on the page.
std::vector<bool> find_value_tables(const HtmlTree& tree) {
  std::vector<NodeId> table_of(tree.size(), kNoNode), cell_of(tree.size(), kNoNode);
  std::vector<bool> is_layout(tree.size());
  std::vector<std::uint32_t> cells_in_row(tree.size()), cell_bytes(tree.size());
  std::vector<bool> out(tree.size());
  for (NodeId id = 1; id < tree.size(); ++id) {
    const HtmlNode& node = tree[id];
    const NodeId table = table_of[node.parent];
    table_of[id] = table;
    cell_of[id] = cell_of[node.parent];
    if (node.tag == Tag::Table) {
      table_of[id] = id;
      cell_of[id] = kNoNode;
      // Nested tables are a layout as a whole; only the innermost may hold values.
      if (table != kNoNode) is_layout[table] = true;
      if (tree.attribute(id, Attribute::Role) == "presentation") is_layout[id] = true;
    } else if (table != kNoNode && node.is_text) {
      const NodeId cell = cell_of[id];
      if (cell == kNoNode) continue;
      cell_bytes[cell] += static_cast<std::uint32_t>(ascii_trim(node.text).size());
      if (cell_bytes[cell] > kCellBytesMax) is_layout[table] = true;
    } else if (table != kNoNode && is_cell(node.tag)) {
      cell_of[id] = id;
      if (++cells_in_row[node.parent] >= 2) out[table] = true;
    } else if (table != kNoNode && breaks_cells(node.tag)) {
      is_layout[table] = true;
    }
  }
  for (NodeId id = 0; id < tree.size(); ++id) out[id] = out[id] && !is_layout[id];
  return out;
}

class Segmenter {
 public:
  Segmenter(const HtmlTree& tree, const Visibility& visibility)
      : tree_(tree), visibility_(visibility), is_value_table_(find_value_tables(tree)) {}

  PageBlocks run() {
    for (NodeId id = 0; id < tree_.size();) {
      while (!open_.empty() && id >= tree_[open_.back()].end) close();
      const HtmlNode& node = tree_[id];
      const bool hidden = visibility_.is_hidden(id);
      if (hidden || (!node.is_text && is_decoration(id))) {
        skip(hidden ? SkippedPart::Reason::Hidden : SkippedPart::Reason::Decoration, id);
        id = node.end;
        continue;
      }
      if (node.is_text)
        append_node(id);
      else
        open(id);
      ++id;
    }
    while (!open_.empty()) close();
    flush();
    return std::move(out_);
  }

 private:
  // Small machinery inside text: anchors beside headings, edit links, line numbers, footnote
  // marks (which would be taken for citations of ours).
  bool is_decoration(NodeId id) const {
    const HtmlNode& node = tree_[id];
    if (node.tag == Tag::Rt || node.tag == Tag::Rp) return true;
    if (node.attributes_count == 0) return false;
    if (node.tag == Tag::A) {
      if (has_class(tree_, id, "headerlink") || has_class(tree_, id, "anchor-link")) return true;
      const std::string_view text = only_text(id);
      return text == "¶" || text == "#" || text == "§" ||
             (text == "[source]" &&
              tree_.attribute(id, Attribute::Href).find("_modules") != std::string_view::npos);
    }
    if (node.tag == Tag::Sup)
      return has_class(tree_, id, "reference") || has_class(tree_, id, "footnote-ref");
    return has_class(tree_, id, "mw-editsection") || has_class(tree_, id, "linenos") ||
           has_class(tree_, id, "linenodiv") || has_class(tree_, id, "viewcode-link") ||
           has_class(tree_, id, "lineno");
  }

  // The trimmed text of an element whose only non-blank text is one node; else "".
  std::string_view only_text(NodeId id) const {
    std::string_view found;
    const NodeId end = std::min<NodeId>(tree_[id].end, id + 8);
    for (NodeId at = id + 1; at < end; ++at) {
      const std::string_view text = ascii_trim(tree_[at].text);
      if (text.empty()) continue;
      if (!found.empty()) return {};
      found = text;
    }
    return end == tree_[id].end ? found : std::string_view();
  }

  void open(NodeId id) {
    const Tag tag = tree_[id].tag;
    if (tag == Tag::Br) return line_break();
    if (tag == Tag::Hr) return flush();
    open_.push_back(id);
    if (in_row_ > 0) {
      if (is_cell(tag) && !current_.text.empty()) cell_border_ = true;
      if (is_block(tag) && !current_.text.empty()) append(" ");
    } else if (is_block(tag)) {
      flush();
      blocks_.push_back(id);
    }
    if (tag == Tag::Tr && in_row_ == 0 && is_row_of_values(id)) in_row_ = id;
    if (tag == Tag::Button && !current_.text.empty()) append(" ");
    if (tag == Tag::A) ++links_;
    if (tag == Tag::Pre) ++pres_;
    if (tag == Tag::Blockquote) ++quotes_;
    if (tag == Tag::Li) ++items_;
    if (is_heading(tag)) headings_.push_back(id);
    if (is_list(tag)) lists_.push_back(id);
  }

  void close() {
    const NodeId id = open_.back();
    open_.pop_back();
    const Tag tag = tree_[id].tag;
    if (in_row_ == id) {
      flush();
      in_row_ = 0;
      blocks_.pop_back();
    } else if (in_row_ > 0) {
      if (is_block(tag) && !current_.text.empty()) append(" ");
    } else if (is_block(tag)) {
      flush();
      blocks_.pop_back();
    }
    if (tag == Tag::Button && !current_.text.empty()) append(" ");
    if (tag == Tag::A) --links_;
    if (tag == Tag::Pre) --pres_;
    if (tag == Tag::Blockquote) --quotes_;
    if (tag == Tag::Li) --items_;
    if (is_heading(tag)) headings_.pop_back();
    if (is_list(tag)) lists_.pop_back();
  }

  // The table of a row, which may stand in a <tbody>; kNoNode when there is none.
  NodeId table_of_row(NodeId row) const {
    NodeId id = tree_[row].parent;
    for (int up = 0; up < 2 && id != kNoNode; ++up, id = tree_[id].parent)
      if (tree_[id].tag == Tag::Table) return id;
    return kNoNode;
  }

  bool is_row_of_values(NodeId row) const {
    const NodeId table = table_of_row(row);
    return table != kNoNode && is_value_table_[table];
  }

  void skip(SkippedPart::Reason reason, NodeId id) {
    out_.skipped.push_back({reason, id, out_.blocks.size(), {}});
  }

  void append_node(NodeId id) {
    if (is_laced_with_invisible(tree_[id].text)) {
      ++out_.obfuscated;
      return skip(SkippedPart::Reason::Laced, id);
    }
    append(tree_[id].text);
  }

  void append(std::string_view text) {
    if (text.empty()) return;
    const bool blank = ascii_trim(text).empty();
    if (current_.text.empty()) {
      if (blank && pres_ == 0) return;
      begin_block();
    }
    if (cell_border_ && !blank) {
      while (current_.text.ends_with(' ')) current_.text.pop_back();
      current_.text += " | ";
      cell_border_ = false;
    }
    if (!blank) breaks_ = 0;
    const std::size_t before = current_.text.size();
    if (current_.kind == BlockKind::Code)
      current_.text += text;
    else
      append_collapsed(current_.text, text);
    if (links_ > 0) current_.link_bytes += current_.text.size() - before;
  }

  void begin_block() {
    current_.node = blocks_.empty() ? 0 : blocks_.back();
    current_.kind = BlockKind::Paragraph;
    if (in_row_ > 0) {
      current_.kind = BlockKind::Table;
      current_.group = table_of_row(in_row_);
    } else if (pres_ > 0) {
      current_.kind = BlockKind::Code;
    } else if (!headings_.empty()) {
      current_.kind = BlockKind::Heading;
      current_.level =
          1 + static_cast<int>(tree_[headings_.back()].tag) - static_cast<int>(Tag::H1);
    } else if (items_ > 0) {
      current_.kind = BlockKind::ListItem;
      current_.group = lists_.empty() ? kNoNode : lists_.front();
    } else if (quotes_ > 0) {
      current_.kind = BlockKind::Quote;
    }
  }

  // One break is a new line of the same paragraph, two are a new paragraph.
  void line_break() {
    if (current_.text.empty()) return;
    if (current_.kind == BlockKind::Code) {
      current_.text += '\n';
    } else if (in_row_ > 0 || current_.kind == BlockKind::Heading) {
      append(" ");
    } else if (++breaks_ >= 2) {
      flush();
    } else {
      while (current_.text.ends_with(' ')) current_.text.pop_back();
      current_.text += '\n';
    }
  }

  void flush() {
    breaks_ = 0;
    cell_border_ = false;
    std::string& text = current_.text;
    if (text.empty()) return;
    text = without_invisible(std::move(text));
    if (current_.kind == BlockKind::Code) {
      const std::size_t first = text.find_first_not_of(" \t\n");
      if (first != std::string::npos) {
        const std::size_t line = text.rfind('\n', first);
        if (line != std::string::npos) text.erase(0, line + 1);
      }
      while (!text.empty() && ascii_is_space(text.back())) text.pop_back();
    } else {
      while (!text.empty() && ascii_is_space(text.back())) text.pop_back();
      text.erase(0, std::min(text.find_first_not_of(" \n"), text.size()));
    }
    current_.link_bytes = std::min(current_.link_bytes, text.size());
    if (!text.empty()) out_.blocks.push_back(std::move(current_));
    current_ = {};
  }

  const HtmlTree& tree_;
  const Visibility& visibility_;
  std::vector<bool> is_value_table_;
  PageBlocks out_;
  PageBlock current_;
  std::vector<NodeId> open_;      // open elements
  std::vector<NodeId> blocks_;    // those of them that are blocks, outside rows of values
  std::vector<NodeId> headings_;  // those that are headings
  std::vector<NodeId> lists_;     // those that are lists
  NodeId in_row_ = 0;             // the open row of values; 0 (the root) for none
  int links_ = 0, pres_ = 0, quotes_ = 0, items_ = 0;
  int breaks_ = 0;
  bool cell_border_ = false;
};

}  // namespace

PageBlocks segment_page(const HtmlTree& tree, const Visibility& visibility) {
  return Segmenter(tree, visibility).run();
}

}  // namespace muai
