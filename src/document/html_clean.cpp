// One pass, one output. The cleaner keeps its own stack of open elements, close enough to the
// parser's to bound its depth: what it cannot place it leaves out. Formatting elements (<b>,
// <font>, ...) mean nothing for text and are what makes HTML5 parsing super-linear, so they go,
// or become <span> when they carry an attribute that matters.

#include "document/html_clean.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "document/ascii.h"
#include "document/html_scanner.h"
#include "document/html_tags.h"
#include "document/html_tree.h"
#include "muai/document/html.h"

namespace muai {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t kAttributeBytesMax = 1024;
constexpr std::size_t kContentBytesMax = 4096;
constexpr std::size_t kShortTextBytes = 6;        // no longer than a mark, nearly
constexpr std::size_t kSideBytesMax = 256 << 10;  // JSON-LD, and style sheets

bool is_formatting(Tag tag) {
  switch (tag) {
    case Tag::B:
    case Tag::Big:
    case Tag::Code:
    case Tag::Em:
    case Tag::Font:
    case Tag::I:
    case Tag::Nobr:
    case Tag::S:
    case Tag::Small:
    case Tag::Strike:
    case Tag::Strong:
    case Tag::Tt:
    case Tag::U: return true;
    default: return false;
  }
}

// Elements whose content is not rendered, or not text. Their raw text ends at their end tag.
bool is_dropped_raw_text(Tag tag) {
  switch (tag) {
    case Tag::Iframe:
    case Tag::Noembed:
    case Tag::Noframes:
    case Tag::Noscript:
    case Tag::Textarea: return true;
    default: return false;
  }
}

bool is_dropped_tag(Tag tag) {
  switch (tag) {
    case Tag::Base:
    case Tag::Col:
    case Tag::Embed:
    case Tag::Frame:
    case Tag::Frameset:
    case Tag::Image:
    case Tag::Img:
    case Tag::Input:
    case Tag::Param:
    case Tag::Source:
    case Tag::Track: return true;
    default: return false;
  }
}

// Not block elements, but their end tags end the blocks inside them too.
bool closes_blocks(Tag tag) {
  switch (tag) {
    case Tag::A:
    case Tag::Audio:
    case Tag::Button:
    case Tag::Math:
    case Tag::Object:
    case Tag::Select:
    case Tag::Template:
    case Tag::Video: return true;
    default: return false;
  }
}

bool is_heading(Tag tag) { return tag >= Tag::H1 && tag <= Tag::H6; }
bool is_cell(Tag tag) { return tag == Tag::Td || tag == Tag::Th; }
bool is_row_group(Tag tag) { return tag == Tag::Tbody || tag == Tag::Thead || tag == Tag::Tfoot; }
bool is_list(Tag tag) {
  return tag == Tag::Ul || tag == Tag::Ol || tag == Tag::Menu || tag == Tag::Dir;
}

// True when the parser would replace some of the bytes, or take them for marks of ours: carriage
// returns, zeros, C1 controls, and the last plane.
bool has_replaced(std::string_view text) {
  for (const char c : {'\r', '\0', SetAside::kMarkLead})
    if (text.find(c) != npos) return true;
  for (std::size_t at = 0; (at = text.find('\xC2', at)) != npos; ++at)
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0) return true;
  return false;
}

class Cleaner {
 public:
  Cleaner(std::string_view html, Noscript noscript)
      : html_(html),
        noscript_(noscript),
        has_marks_(html.find(SetAside::kMarkLead) != npos),
        has_special_(has_replaced(html)) {
    out_.html.reserve(html.size() / 2 + 64);
    out_.html = "<!DOCTYPE html>";
  }

  CleanHtml run() {
    std::size_t at = 0;
    while (at < html_.size()) {
      const std::size_t tag = std::min(html_.find('<', at), html_.size());
      text(html_.substr(at, tag - at));
      if (tag == html_.size()) break;
      at = step(tag);
    }
    add_notes();
    return std::move(out_);
  }

 private:
  // A text that parsing would change stays in the page; so does a short one.
  void text(std::string_view piece) {
    if (piece.size() <= kShortTextBytes) return plain_text(piece);
    if (ascii_trim(piece).empty() && !is_open(Tag::Pre)) {
      out_.html += ' ';
      return;
    }
    if (!is_plain(piece) || !out_.aside.has_room()) return plain_text(piece);
    out_.aside.add_text(piece, out_.html);
  }

  // True when the parser would hand the bytes on as they are.
  bool is_plain(std::string_view piece) const {
    if (piece.find('&') != npos) return false;
    return !has_special_ || !has_replaced(piece);
  }

  // What looks like a mark of ours is a character for private use: nothing is lost.
  void plain_text(std::string_view piece) {
    if (has_marks_) {
      for (std::size_t mark; (mark = piece.find(SetAside::kMarkLead)) != npos;) {
        out_.html.append(piece.substr(0, mark));
        out_.html += "\xEF\xBF\xBD";
        piece.remove_prefix(std::min(mark + SetAside::kMarkBytes, piece.size()));
      }
    }
    out_.html.append(piece);
  }

  // Handles what begins with the '<' at `at`; returns where to go on.
  std::size_t step(std::size_t at) {
    const char next = at + 1 < html_.size() ? html_[at + 1] : ' ';
    const char after = at + 2 < html_.size() ? html_[at + 2] : ' ';
    if (ascii_is_letter(next) || (next == '/' && ascii_is_letter(after))) {
      const std::size_t end = read_tag(html_, at, tag_);
      if (end == npos) return drop_rest("inside a tag", at);
      return tag_.is_end ? end_tag(end) : start_tag(end);
    }
    if (next == '!' || next == '?' || next == '/') {
      const std::size_t end = skip_declaration(html_, at);
      return end == npos ? drop_rest("inside a comment", at) : end;
    }
    out_.html += "&lt;";
    return at + 1;
  }

  std::size_t drop_rest(std::string_view where, std::size_t at) {
    if (html_.size() - at > 200)
      out_.notes.push_back(
          fmt::format("the page ends {}: its last {} bytes dropped", where, html_.size() - at));
    return html_.size();
  }

  std::size_t start_tag(std::size_t end) {
    const Tag tag = tag_.tag;
    if (tag == Tag::Script) return script(end);
    if (tag == Tag::Style) return style(end);
    if (tag == Tag::Svg) return skip_svg(end);
    if (tag == Tag::Noscript && noscript_ == Noscript::Shown) return end;
    if (is_dropped_raw_text(tag)) return skip_raw_text(end, name_of(tag));
    if (tag == Tag::Title) return raw_text_element(end, "title", "title");
    if (tag == Tag::Xmp) return raw_text_element(end, "xmp", "pre");
    if (tag == Tag::Plaintext) return raw_text_element(end, "", "pre");
    if (is_dropped_tag(tag)) return end;
    // The TeX source that accompanies a formula is not shown.
    if (tag == Tag::Unknown && ascii_equals_ignoring_case(tag_.name, "annotation"))
      return skip_raw_text(end, "annotation");
    open(tag);
    // Formulas are XML: "<mspace/>" is complete. Anywhere else the slash means nothing.
    if (tag == Tag::Unknown && html_[end - 2] == '/' && is_open(Tag::Math)) {
      tag_.is_end = true;
      return end_tag(end);
    }
    return end;
  }

  std::size_t script(std::size_t begin) {
    const bool is_json_ld = std::ranges::any_of(tag_.attributes, [](const RawAttribute& a) {
      return ascii_equals_ignoring_case(a.name, "type") &&
             ascii_equals_ignoring_case(ascii_trim(a.value), "application/ld+json");
    });
    const std::size_t end = find_script_end(html_, begin);
    if (end == npos) return drop_rest("inside a script", begin);
    if (is_json_ld && json_ld_bytes_ + (end - begin) <= kSideBytesMax) {
      out_.json_ld.emplace_back(html_.substr(begin, end - begin));
      json_ld_bytes_ += end - begin;
    }
    return after_end_tag(end);
  }

  std::size_t style(std::size_t begin) {
    out_.has_style_sheet = true;
    const std::size_t end = find_raw_text_end(html_, begin, "style");
    if (end == npos) return drop_rest("inside a style sheet", begin);
    if (out_.style_sheet.size() + (end - begin) <= kSideBytesMax) {
      out_.style_sheet.append(html_.substr(begin, end - begin));
      out_.style_sheet += '\n';
    }
    return after_end_tag(end);
  }

  std::size_t skip_raw_text(std::size_t begin, std::string_view name) {
    const std::size_t end = find_raw_text_end(html_, begin, name);
    if (end == npos) return drop_rest(fmt::format("inside <{}>", name), begin);
    if (name == "noscript") out_.noscript_bytes += end - begin;
    out_.html += ' ';
    return after_end_tag(end);
  }

  // Writes the raw text as the escaped content of <as>. An empty name means: to the end.
  std::size_t raw_text_element(std::size_t begin, std::string_view name, std::string_view as) {
    std::size_t end = name.empty() ? html_.size() : find_raw_text_end(html_, begin, name);
    if (end == npos) return drop_rest(fmt::format("inside <{}>", name), begin);
    out_.html += fmt::format("<{}>", as);
    for (std::string_view rest = html_.substr(begin, end - begin); !rest.empty();) {
      const std::size_t less = std::min(rest.find('<'), rest.size());
      plain_text(rest.substr(0, less));
      if (less < rest.size()) out_.html += "&lt;";
      rest.remove_prefix(std::min(less + 1, rest.size()));
    }
    out_.html += fmt::format("</{}>", as);
    return end == html_.size() ? end : after_end_tag(end);
  }

  std::size_t after_end_tag(std::size_t at) {
    const std::size_t end = read_tag(html_, at, tag_);
    return end == npos ? html_.size() : end;
  }

  // Drawings hold no prose. Skips to the matching </svg>; an HTML block element ends the drawing
  // as it does in browsers, unless it stands in a foreign object.
  std::size_t skip_svg(std::size_t at) {
    std::size_t depth = html_[at - 2] == '/' ? 0 : 1;
    std::size_t foreign = 0;
    while (depth > 0) {
      at = html_.find('<', at);
      if (at == npos || at + 2 >= html_.size()) return html_.size();
      const std::size_t begin = at;
      if (html_[at + 1] == '!' || html_[at + 1] == '?') {
        at = skip_declaration(html_, at);
      } else if (ascii_is_letter(html_[at + 1]) ||
                 (html_[at + 1] == '/' && ascii_is_letter(html_[at + 2]))) {
        at = read_tag(html_, at, tag_);
      } else {
        ++at;
        continue;
      }
      if (at == npos) return html_.size();
      if (html_[begin + 1] == '!' || html_[begin + 1] == '?') continue;
      const bool self_closing = html_[at - 2] == '/';
      if (tag_.tag == Tag::Svg) {
        if (tag_.is_end)
          --depth;
        else if (!self_closing)
          ++depth;
      } else if (ascii_equals_ignoring_case(tag_.name, "foreignobject")) {
        if (tag_.is_end)
          foreign -= foreign > 0 ? 1 : 0;
        else if (!self_closing)
          ++foreign;
      } else if (foreign == 0 && !tag_.is_end && is_block(tag_.tag)) {
        return begin;
      }
    }
    out_.html += ' ';
    return at;
  }

  // --- the stack of open elements -------------------------------------------------------------

  struct Open {
    Tag tag;
    std::string_view name;  // as written out
  };

  void open(Tag tag) {
    close_implied(tag);
    keep_attributes();
    const bool formatting = is_formatting(tag);
    if (formatting && kept_.empty()) return;
    // In formulas these are not void: each would hold what follows.
    if ((tag == Tag::Link || tag == Tag::Wbr) && is_open(Tag::Math)) return;
    if (!is_void(tag) && open_.size() >= kHtmlDepthMax) return flatten(tag);
    if (elements_ >= kHtmlElementsMax) return flatten(tag);
    ++elements_;
    const std::string_view name = formatting ? "span" : tag_.name;
    // The parser merges the attributes of several <html> and <body>: it has to see them.
    const bool is_merged = tag == Tag::Html || tag == Tag::Body;
    out_.aside.begin_element(out_.html.size());
    out_.html += '<';
    out_.html += name;
    for (const HtmlAttribute& kept : kept_) {
      if (is_plain(kept.value) && !is_merged)
        out_.aside.add_attribute(kept.attribute, kept.value);
      else
        write_attribute(kept);
    }
    out_.html += '>';
    if (!is_void(tag)) open_.push_back({tag, name});
  }

  bool is_open(Tag tag) const {
    return std::ranges::any_of(open_, [&](const Open& open) { return open.tag == tag; });
  }

  void flatten(Tag tag) {
    ++flattened_;
    if (!is_void(tag)) ++dropped_[static_cast<std::size_t>(tag)];
    out_.html += ' ';
  }

  std::size_t end_tag(std::size_t end) {
    const Tag tag = tag_.tag;
    if (tag == Tag::Body || tag == Tag::Html || tag == Tag::Head || is_void(tag)) return end;
    auto& dropped = dropped_[static_cast<std::size_t>(tag)];
    if (dropped > 0) {
      --dropped;
      out_.html += ' ';
      return end;
    }
    const std::size_t found = find_open(tag);
    if (found == npos) return end;
    if (tag == Tag::A) {
      write_end(open_[found]);
      open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(found));
    } else {
      close_from(found);
    }
    return end;
  }

  void write_end(const Open& open) {
    out_.html += "</";
    out_.html += open.name;
    out_.html += '>';
  }

  // Closes the open elements from `begin` on, innermost first, and says so to the parser: whatever
  // it would have made of the page as it was, it has no more elements open than are counted here.
  void close_from(std::size_t begin) {
    for (std::size_t i = open_.size(); i-- > begin;)
      if (const Tag tag = open_[i].tag; tag != Tag::Html && tag != Tag::Body && tag != Tag::Head)
        write_end(open_[i]);
    open_.resize(begin);
  }

  // Index of the open element that an end tag closes, or npos. An inline end tag does not reach
  // out of its block, nothing but table parts reaches out of a cell.
  std::size_t find_open(Tag tag) const {
    const bool inline_tag = !is_block(tag) && !closes_blocks(tag);
    const bool table_part = is_cell(tag) || is_row_group(tag) || tag == Tag::Tr ||
                            tag == Tag::Table || tag == Tag::Caption;
    for (std::size_t i = open_.size(); i-- > 0;) {
      const Tag at = open_[i].tag;
      if (at == tag &&
          (tag != Tag::Unknown || ascii_equals_ignoring_case(open_[i].name, tag_.name)))
        return i;
      if (inline_tag && is_block(at)) return npos;
      if (!table_part && (is_cell(at) || at == Tag::Caption || at == Tag::Table)) return npos;
      if (table_part && at == Tag::Table) return npos;
    }
    return npos;
  }

  // Pops what the start of `tag` ends without an end tag, as the parser will.
  void close_implied(Tag tag) {
    if (tag == Tag::Li)
      return pop_to([](Tag t) { return t == Tag::Li; },
                    [](Tag t) { return is_list(t) || t == Tag::Table; });
    if (tag == Tag::Dd || tag == Tag::Dt)
      return pop_to([](Tag t) { return t == Tag::Dd || t == Tag::Dt; },
                    [](Tag t) { return t == Tag::Dl || t == Tag::Table; });
    if (is_cell(tag)) return pop_to(is_cell, [](Tag t) { return t == Tag::Tr || t == Tag::Table; });
    if (tag == Tag::Tr)
      return pop_to([](Tag t) { return t == Tag::Tr; },
                    [](Tag t) { return is_row_group(t) || t == Tag::Table; });
    if (is_row_group(tag)) return pop_to(is_row_group, [](Tag t) { return t == Tag::Table; });
    if (tag == Tag::A) {
      const std::size_t found = find_open(Tag::A);
      if (found == npos) return;
      write_end(open_[found]);
      open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(found));
      return;
    }
    if (tag == Tag::Option || tag == Tag::Optgroup)
      return pop_to([](Tag t) { return t == Tag::Option; }, [](Tag t) { return t == Tag::Select; });
    if (is_heading(tag) && !open_.empty() && is_heading(open_.back().tag))
      close_from(open_.size() - 1);
    if (is_block(tag))
      pop_to([](Tag t) { return t == Tag::P; },
             [](Tag t) {
               return is_cell(t) || t == Tag::Button || t == Tag::Caption || t == Tag::Table;
             });
  }

  template <class Wanted, class Barrier>
  void pop_to(Wanted wanted, Barrier barrier) {
    for (std::size_t i = open_.size(); i-- > 0;) {
      if (wanted(open_[i].tag)) return close_from(i);
      if (barrier(open_[i].tag)) return;
    }
  }

  // --- attributes -----------------------------------------------------------------------------

  // Sets kept_ to the attributes of tag_ that are read, each once and cut to its bound.
  void keep_attributes() {
    kept_.clear();
    std::uint32_t seen = 0;
    for (const RawAttribute& raw : tag_.attributes) {
      const auto attribute = attribute_of(raw.name);
      if (!attribute) continue;
      const std::uint32_t bit = 1U << static_cast<unsigned>(*attribute);
      if ((seen & bit) != 0) continue;
      seen |= bit;
      if (*attribute == Attribute::Rel && tag_.tag == Tag::Link &&
          ascii_lower(raw.value).find("stylesheet") != npos)
        out_.has_style_sheet = true;
      kept_.push_back({*attribute, cut_value(*attribute, raw.value)});
    }
  }

  std::string_view cut_value(Attribute attribute, std::string_view value) {
    const std::size_t limit =
        attribute == Attribute::Content ? kContentBytesMax : kAttributeBytesMax;
    if (value.size() <= limit) return value;
    ++cut_attributes_;
    std::size_t end = limit;  // on a code point border
    while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) --end;
    return value.substr(0, end);
  }

  void write_attribute(const HtmlAttribute& kept) {
    out_.html += ' ';
    out_.html += name_of(kept.attribute);
    out_.html += "=\"";
    const std::string_view value = kept.value;
    for (std::size_t at = 0; at < value.size();) {
      const std::size_t quote = std::min(value.find('"', at), value.size());
      out_.html.append(value.substr(at, quote - at));
      if (quote < value.size()) out_.html += "&quot;";
      at = quote + 1;
    }
    out_.html += '"';
  }

  void add_notes() {
    if (flattened_ > 0)
      out_.notes.push_back(
          fmt::format("nesting deeper than {} or more than {} elements flattened: {} elements",
                      kHtmlDepthMax, kHtmlElementsMax, flattened_));
    if (cut_attributes_ > 0)
      out_.notes.push_back(
          fmt::format("attributes cut to {} bytes: {}", kAttributeBytesMax, cut_attributes_));
  }

  std::string_view html_;
  Noscript noscript_;
  bool has_marks_;    // bytes that look like marks of texts set aside
  bool has_special_;  // those, or others that the parser replaces
  CleanHtml out_;
  RawTag tag_;
  std::vector<HtmlAttribute> kept_;
  std::vector<Open> open_;
  std::array<std::uint32_t, static_cast<std::size_t>(Tag::Xmp) + 1> dropped_{};
  std::size_t elements_ = 0;
  std::size_t flattened_ = 0;
  std::size_t cut_attributes_ = 0;
  std::size_t json_ld_bytes_ = 0;
};

}  // namespace

CleanHtml clean_html(std::string_view html, Noscript noscript) {
  return Cleaner(html, noscript).run();
}

}  // namespace muai
