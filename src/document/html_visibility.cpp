// One pass in document order: colours and visibility are inherited from the parent, everything else
// hides a whole subtree.

#include "document/html_visibility.h"

#include "document/ascii.h"

namespace muai {
namespace {

struct Colors {
  std::optional<Rgb> text, background;
  bool visibility_hidden = false;
};

// Elements that are never rendered as text of the page.
bool is_unrendered(Tag tag) {
  switch (tag) {
    case Tag::Audio:
    case Tag::Head:
    case Tag::Object:
    case Tag::Option:
    case Tag::Script:
    case Tag::Select:
    case Tag::Style:
    case Tag::Svg:
    case Tag::Template:
    case Tag::Textarea:
    case Tag::Title:
    case Tag::Video: return true;
    default: return false;
  }
}

bool has_hidden_name(const HtmlTree& tree, NodeId id, const HiddenNames& names) {
  if (names.empty()) return false;
  if (const auto found = tree.attribute(id, Attribute::Id); !found.empty())
    if (names.contains('#' + std::string(ascii_trim(found)))) return true;
  std::string_view classes = tree.attribute(id, Attribute::Class);
  while (!(classes = ascii_trim(classes)).empty()) {
    std::size_t end = 0;
    while (end < classes.size() && !ascii_is_space(classes[end])) ++end;
    if (names.contains('.' + std::string(classes.substr(0, end)))) return true;
    classes.remove_prefix(end);
  }
  return false;
}

// Many pages are sent hidden and shown by a script once they are complete. An element counts as
// such a page, and not as hidden text, only when it is long and holds this much of all text.
constexpr std::size_t kRevealedBytesMin = 1000;
constexpr std::size_t kRevealedByAnimationPercent = 30;
constexpr std::size_t kRevealedPercent = 70;
// What assistive technology is told to pass over is decoration when it is short; people see it.
constexpr std::size_t kDecorationBytesMax = 300;

class Finder {
 public:
  Finder(const HtmlTree& tree, const HiddenNames& names, StyleSheets sheets)
      : tree_(tree), names_(names), colors_(tree.size()) {
    out_.hidden_by.resize(tree.size());
    if (sheets == StyleSheets::None) page_.background = 0xFFFFFF;
  }

  Visibility run() {
    measure_text();
    for (NodeId id = 0; id < tree_.size(); ++id) {
      const HtmlNode& node = tree_[id];
      colors_[id] = node.parent == kNoNode ? page_ : colors_[node.parent];
      if (node.parent != kNoNode && out_.is_hidden(node.parent)) {
        out_.hidden_by[id] = out_.hidden_by[node.parent];
        continue;
      }
      const HidingRule rule = rule_of(id);
      if (rule != HidingRule::None && !node.is_text && rule != HidingRule::NotRendered) {
        if (is_page_to_reveal(id, rule)) {
          ++out_.revealed_elements;
          continue;
        }
        out_.hidden_elements += text_[id] > 0 ? 1 : 0;
      }
      out_.hidden_by[id] = rule;
    }
    return std::move(out_);
  }

 private:
  void measure_text() {
    text_.resize(tree_.size());
    for (NodeId id = tree_.size(); id-- > 0;) {
      const HtmlNode& node = tree_[id];
      if (node.is_text) text_[id] = ascii_trim(node.text).size();
      if (node.parent != kNoNode && !(!node.is_text && is_unrendered(node.tag)))
        text_[node.parent] += text_[id];
    }
  }

  HidingRule rule_of(NodeId id) {
    const HtmlNode& node = tree_[id];
    if (node.is_text) {
      const Colors& own = colors_[id];
      if (own.visibility_hidden) return HidingRule::Visibility;
      const bool same = own.text && own.background && is_same_color(*own.text, *own.background);
      return same ? HidingRule::SameColor : HidingRule::None;
    }
    if (is_unrendered(node.tag)) return HidingRule::NotRendered;
    if (node.tag == Tag::Dialog && !tree_.find_attribute(id, Attribute::Open))
      return HidingRule::Attribute;
    return node.attributes_count == 0 ? HidingRule::None : rule_of_attributes(id);
  }

  HidingRule rule_of_attributes(NodeId id) {
    InlineStyle style;
    if (const auto text = tree_.find_attribute(id, Attribute::Style))
      style = read_inline_style(*text);
    Colors& own = colors_[id];
    if (const auto color = tree_.find_attribute(id, Attribute::Color))
      own.text = read_color(*color);
    if (style.color) own.text = style.color;
    if (const auto color = tree_.find_attribute(id, Attribute::BgColor))
      own.background = read_color(*color);
    if (style.has_background) own.background = style.background;
    // The page itself is often hidden until a script has run.
    const Tag tag = tree_[id].tag;
    if (tag == Tag::Html || tag == Tag::Body) return HidingRule::None;
    if (style.hides_visibility) own.visibility_hidden = true;
    if (style.shows_visibility) own.visibility_hidden = false;
    if (style.hides != HidingRule::None) return style.hides;
    if (tree_.find_attribute(id, Attribute::Hidden)) return HidingRule::Attribute;
    if (has_hidden_name(tree_, id, names_)) return HidingRule::StyleSheet;
    const bool passed_over =
        ascii_equals_ignoring_case(tree_.attribute(id, Attribute::AriaHidden), "true") &&
        text_[id] <= kDecorationBytesMax;
    return passed_over ? HidingRule::Attribute : HidingRule::None;
  }

  bool is_page_to_reveal(NodeId id, HidingRule rule) const {
    if (text_[id] < kRevealedBytesMin) return false;
    // React sends the parts of a page as <div hidden id="S:0"> and moves them into place.
    const bool animated =
        rule == HidingRule::Opacity || tree_.attribute(id, Attribute::Id).starts_with("S:");
    const std::size_t percent = animated ? kRevealedByAnimationPercent : kRevealedPercent;
    return text_[id] * 100 >= text_[0] * percent;
  }

  const HtmlTree& tree_;
  const HiddenNames& names_;
  Visibility out_;
  Colors page_;
  std::vector<Colors> colors_;
  std::vector<std::size_t> text_;  // bytes of text below each node
};

}  // namespace

Visibility find_hidden(const HtmlTree& tree, const HiddenNames& names, StyleSheets sheets) {
  return Finder(tree, names, sheets).run();
}

}  // namespace muai
