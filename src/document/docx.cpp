// The package's relations name the main part. Its body is walked once, paragraph by paragraph and
// table by table, with the styles telling headings; depth is bounded by the XML reader, so the walk
// may recurse.

#include "muai/document/docx.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <pugixml.hpp>
#include <utility>

#include "document/source_text.h"
#include "document/text_builder.h"
#include "document/visible_text.h"
#include "document/xml_part.h"
#include "document/zip_archive.h"
#include "muai/text/language.h"

namespace muai {
namespace {

constexpr int kHeadingLevels = 6;
constexpr std::size_t kStyleChainMax = 16;
// Half points below which letters cannot be read.
constexpr int kHalfPointsMin = 4;

using XmlPart = std::unique_ptr<pugi::xml_document>;

std::string_view value_of(const pugi::xml_node& parent, std::string_view child) {
  return attribute_named(child_named(parent, child), "val");
}

// An element like <w:vanish/>: present and not switched off.
bool is_on(const pugi::xml_node& parent, std::string_view child) {
  const pugi::xml_node node = child_named(parent, child);
  if (!node) return false;
  const std::string_view value = attribute_named(node, "val");
  return value != "0" && value != "false" && value != "off";
}

int number_or(std::string_view text, int otherwise) {
  int number = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// What a paragraph style makes of its paragraphs.
struct ParagraphStyle {
  std::string based_on;
  int level = 0;  // of a heading; 0: none
  bool is_list = false;
};

// "heading 2" and "Title" in any case, in every language's files.
int level_of_name(std::string name) {
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (name == "title") return 1;
  if (!name.starts_with("heading ")) return 0;
  return std::clamp(number_or(std::string_view(name).substr(8), 0), 0, kHeadingLevels);
}

// Outline levels count from 0; 9 is body text.
int level_of_outline(const pugi::xml_node& properties) {
  const std::string_view outline = value_of(properties, "outlineLvl");
  const int level = outline.empty() ? 9 : number_or(outline, 9);
  return level >= 0 && level < kHeadingLevels ? level + 1 : 0;
}

class Styles {
 public:
  void read(const pugi::xml_node& root) {
    for (pugi::xml_node one = root.first_child(); one; one = one.next_sibling()) {
      if (local_name(one) == "docDefaults")
        languages_ = child_named(child_named(child_named(one, "rPrDefault"), "rPr"), "lang");
      if (local_name(one) != "style" || attribute_named(one, "type") != "paragraph") continue;
      ParagraphStyle style{.based_on = std::string(value_of(one, "basedOn"))};
      style.level = level_of_name(std::string(value_of(one, "name")));
      const pugi::xml_node properties = child_named(one, "pPr");
      if (style.level == 0) style.level = level_of_outline(properties);
      style.is_list = static_cast<bool>(child_named(properties, "numPr"));
      styles_.emplace(attribute_named(one, "styleId"), std::move(style));
    }
  }

  // The style with what it takes over from those that it is based on.
  ParagraphStyle find(std::string_view id) const {
    ParagraphStyle found;
    for (std::size_t steps = 0; steps < kStyleChainMax; ++steps) {
      const auto at = styles_.find(id);
      if (at == styles_.end()) break;
      if (found.level == 0) found.level = at->second.level;
      found.is_list = found.is_list || at->second.is_list;
      id = at->second.based_on;
    }
    return found;
  }

  std::string_view language(bool chinese) const {
    return attribute_named(languages_, chinese ? "eastAsia" : "val");
  }

 private:
  std::map<std::string, ParagraphStyle, std::less<>> styles_;
  pugi::xml_node languages_;
};

// Walks the body into the document.
class BodyWalk {
 public:
  BodyWalk(const Styles& styles, Document& document) : styles_(styles), document_(document) {}

  void take(const pugi::xml_node& container) {
    for (pugi::xml_node node = container.first_child(); node; node = node.next_sibling()) {
      const std::string_view name = local_name(node);
      if (name == "p") {
        take_paragraph(node);
      } else if (name == "tbl") {
        take_table(node);
      } else if (name == "sdt") {
        take(child_named(node, "sdtContent"));
      } else if (name == "customXml" || name == "ins" || name == "moveTo") {
        take(node);
      }
    }
  }

  void add_notes() {
    if (hidden_ > 0)
      document_.notes.push_back(fmt::format("hidden text dropped: {} runs", hidden_));
    if (footnotes_ > 0)
      document_.notes.push_back(fmt::format("footnotes left out: {}", footnotes_));
  }

 private:
  static std::string finished(std::string text) {
    text = without_invisible(std::move(text));
    while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.pop_back();
    return text;
  }

  void take_paragraph(const pugi::xml_node& paragraph) {
    const pugi::xml_node properties = child_named(paragraph, "pPr");
    std::string text;
    append_runs(paragraph, static_cast<bool>(child_named(properties, "shd")), text);
    text = finished(std::move(text));
    if (text.empty()) return;
    const ParagraphStyle style = styles_.find(value_of(properties, "pStyle"));
    int level = level_of_outline(properties);
    if (level == 0) level = style.level;
    const bool item = level == 0 && (style.is_list || child_named(properties, "numPr"));
    const BlockKind kind = level > 0 ? BlockKind::Heading
                           : item    ? BlockKind::ListItem
                                     : BlockKind::Paragraph;
    const bool follows = kind == BlockKind::ListItem && last_ == BlockKind::ListItem;
    append_block(document_, {kind, level, follows ? BlockGap::Line : BlockGap::BlankLine}, text);
    last_ = kind;
  }

  // Cells of a row are joined; tables inside cells are part of their cell.
  void take_table(const pugi::xml_node& table) {
    bool first = true;
    for (pugi::xml_node row = table.first_child(); row; row = row.next_sibling()) {
      if (local_name(row) != "tr") continue;
      std::string line;
      for (pugi::xml_node cell = row.first_child(); cell; cell = cell.next_sibling()) {
        if (local_name(cell) != "tc") continue;
        std::string text;
        const bool shaded = static_cast<bool>(child_named(child_named(cell, "tcPr"), "shd"));
        append_runs(cell, shaded, text);
        text = finished(std::move(text));
        if (!line.empty() && !text.empty()) line += " | ";
        line += text;
      }
      if (line.empty()) continue;
      append_block(document_, {BlockKind::Table, 0, first ? BlockGap::BlankLine : BlockGap::Line},
                   line);
      first = false;
      last_ = BlockKind::Table;
    }
  }

  // Text of all runs below, in order. `shaded`: white letters can be read here.
  void append_runs(const pugi::xml_node& parent, bool shaded, std::string& text) {
    for (pugi::xml_node node = parent.first_child(); node; node = node.next_sibling()) {
      const std::string_view name = local_name(node);
      if (name == "r") {
        append_run(node, shaded, text);
      } else if (name == "p") {  // of a cell or a text box
        if (!text.empty() && text.back() != ' ') text += ' ';
        append_runs(node, shaded, text);
      } else if (!is_left_out(name)) {
        append_runs(node, shaded, text);
      }
    }
  }

  static bool is_left_out(std::string_view name) {
    return name == "del" || name == "moveFrom" || name == "Fallback" || name == "pPr" ||
           name == "tcPr" || name == "tblPr" || name == "sdtPr" || name == "sdtEndPr";
  }

  static bool is_hidden(const pugi::xml_node& properties, bool shaded) {
    if (is_on(properties, "vanish") || is_on(properties, "webHidden")) return true;
    if (number_or(value_of(properties, "sz"), kHalfPointsMin) < kHalfPointsMin) return true;
    std::string color(value_of(properties, "color"));
    std::ranges::transform(color, color.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return color == "FFFFFF" && !shaded && !child_named(properties, "shd") &&
           !child_named(properties, "highlight");
  }

  void append_run(const pugi::xml_node& run, bool shaded, std::string& text) {
    if (is_hidden(child_named(run, "rPr"), shaded)) {
      ++hidden_;
      return;
    }
    for (pugi::xml_node node = run.first_child(); node; node = node.next_sibling()) {
      const std::string_view name = local_name(node);
      if (name == "t") {
        const std::string piece = text_with_edges(node);
        const bool double_blank = piece.starts_with(' ') && (text.empty() || text.ends_with(' '));
        text += double_blank ? piece.substr(1) : piece;
      } else if (name == "tab" || name == "br" || name == "cr") {
        if (!text.empty() && text.back() != ' ') text += ' ';
      } else if (name == "noBreakHyphen") {
        text += '-';
      } else if (name == "footnoteReference" || name == "endnoteReference") {
        ++footnotes_;
      } else if (name == "drawing" || name == "pict" || name == "AlternateContent" ||
                 name == "object") {
        append_text_boxes(node, shaded, text);
      }
    }
  }

  // Blanks at the edges of a run part words; inside they collapse.
  static std::string text_with_edges(const pugi::xml_node& node) {
    std::string text;
    append_collapsed(text, node.child_value());
    const std::string_view raw = node.child_value();
    const bool begins = !raw.empty() && (raw.front() == ' ' || raw.front() == '\n');
    const bool ends = !raw.empty() && (raw.back() == ' ' || raw.back() == '\n');
    if (begins && !text.starts_with(' ')) text.insert(0, 1, ' ');
    if (ends && !text.ends_with(' ')) text += ' ';
    return text;
  }

  void append_text_boxes(const pugi::xml_node& parent, bool shaded, std::string& text) {
    for (pugi::xml_node node = parent.first_child(); node; node = node.next_sibling()) {
      if (local_name(node) == "txbxContent") {
        append_runs(node, shaded, text);
      } else if (local_name(node) != "Fallback") {
        append_text_boxes(node, shaded, text);
      }
    }
  }

  const Styles& styles_;
  Document& document_;
  BlockKind last_ = BlockKind::Paragraph;
  std::size_t hidden_ = 0;
  std::size_t footnotes_ = 0;
};

// The target of the first relation whose type ends in `/kind`, as a part's name; else `otherwise`.
// Targets outside the file are left alone.
std::string related_part(const pugi::xml_node& relations, std::string_view kind,
                         std::string otherwise) {
  for (pugi::xml_node one = relations.first_child(); one; one = one.next_sibling()) {
    const std::string_view type = attribute_named(one, "Type");
    if (attribute_named(one, "TargetMode") == "External") continue;
    if (!type.ends_with(fmt::format("/{}", kind))) continue;
    std::string_view target = attribute_named(one, "Target");
    while (target.starts_with('/')) target.remove_prefix(1);
    if (!target.empty()) return std::string(target);
  }
  return otherwise;
}

// A part that may be absent: null then.
Result<XmlPart> optional_part(ZipArchive& archive, const std::string& name) {
  if (!archive.has(name)) return XmlPart();
  MUAI_TRY(std::string bytes, archive.read(name));
  return parse_xml(std::move(bytes), name, Doctype::Refused);
}

void read_properties(const pugi::xml_node& core, Document& document) {
  const auto text = [&](std::string_view name) { return text_below(child_named(core, name)); };
  if (std::string title = text("title"); !title.empty()) document.title = std::move(title);
  document.author = text("creator");
  document.language = language_tag(text("language"));
  std::string date = text("created");
  if (date.empty()) date = text("modified");
  document.date = iso_day(date);
}

Result<Document> read_parts(std::string_view bytes, const DocumentHint& hint) {
  MUAI_TRY(ZipArchive archive, ZipArchive::open(bytes));
  MUAI_TRY(const XmlPart relations, optional_part(archive, "_rels/.rels"));
  const pugi::xml_node links = relations ? relations->document_element() : pugi::xml_node();
  const std::string main = related_part(links, "officeDocument", "word/document.xml");
  MUAI_TRY(std::string body_bytes, archive.read(main));
  MUAI_TRY(const XmlPart body, parse_xml(std::move(body_bytes), main, Doctype::Refused));
  if (local_name(body->document_element()) != "document")
    return fail(ErrorCode::InvalidInput, "its main part is no text of Word");
  const std::string folder = main.substr(0, main.rfind('/') + 1);
  MUAI_TRY(const XmlPart style_part, optional_part(archive, folder + "styles.xml"));
  MUAI_TRY(const XmlPart properties,
           optional_part(archive, related_part(links, "core-properties", "docProps/core.xml")));
  Styles styles;
  if (style_part) styles.read(style_part->document_element());
  Document document = new_document(DocumentKind::Docx, hint);
  if (properties) read_properties(properties->document_element(), document);
  BodyWalk walk(styles, document);
  walk.take(child_named(body->document_element(), "body"));
  walk.add_notes();
  if (document.language.empty())
    document.language =
        language_tag(std::string(styles.language(language_of(document.text) == Language::Chinese)));
  return document;
}

}  // namespace

Result<Document> read_docx(std::string_view bytes, const DocumentHint& hint) {
  Result<Document> document = read_parts(bytes, hint);
  if (!document) {
    Error error = std::move(document).error();
    if (error.code() == ErrorCode::NotFound)
      error = Error(ErrorCode::InvalidInput, error.message());
    return std::unexpected(cannot_read_error(std::move(error), hint, "a Word file"));
  }
  if (document->text.empty()) return std::unexpected(no_text_error(hint));
  return document;
}

}  // namespace muai
