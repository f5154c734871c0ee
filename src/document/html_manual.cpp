#include "document/html_manual.h"

#include <algorithm>
#include <string_view>

#include "document/ascii.h"

namespace muai {
namespace {

// Less text than this is a page that only lists others.
constexpr std::size_t kContentBytesMin = 150;

// What DocBook's style sheets call the element that is the page.
constexpr std::string_view kDocBookClasses[] = {
    "appendix", "article",  "bibliography", "book",  "chapter", "colophon", "glossary", "part",
    "preface",  "refentry", "reference",    "sect1", "sect2",   "sect3",    "section",  "set"};
constexpr std::string_view kFurnitureClasses[] = {"docnav",    "footer",         "navfooter",
                                                  "navheader", "related",        "sphinxsidebar",
                                                  "toc",       "toctree-wrapper"};

template <class Names>
bool has_any_class(const HtmlTree& tree, NodeId id, const Names& names) {
  std::string_view classes = tree.attribute(id, Attribute::Class);
  while (!(classes = ascii_trim(classes)).empty()) {
    std::size_t end = 0;
    while (end < classes.size() && !ascii_is_space(classes[end])) ++end;
    if (std::ranges::find(names, classes.substr(0, end)) != std::end(names)) return true;
    classes.remove_prefix(end);
  }
  return false;
}

enum class Generator : std::uint8_t { Unknown, DocBook, Sphinx };

Generator generator_of(const HtmlTree& tree) {
  static constexpr std::string_view kAnchor[] = {"headerlink"};
  for (NodeId id = 0; id < tree.size(); ++id) {
    if (tree[id].attributes_count == 0) continue;
    if (tree[id].tag == Tag::A && has_any_class(tree, id, kAnchor)) return Generator::Sphinx;
    if (tree[id].tag != Tag::Meta || tree.attribute(id, Attribute::Name) != "generator") continue;
    // Publican is a wrapper of DocBook's style sheets.
    const std::string_view name = tree.attribute(id, Attribute::Content);
    if (name.find("DocBook") != std::string_view::npos || name.starts_with("publican"))
      return Generator::DocBook;
  }
  return Generator::Unknown;
}

// The outermost element that the generator marks as the page, or kNoNode.
NodeId find_content(const HtmlTree& tree, Generator generator) {
  for (NodeId id = 0; id < tree.size(); ++id) {
    if (tree[id].attributes_count == 0) continue;
    if (generator == Generator::Sphinx && tree.attribute(id, Attribute::Role) == "main") return id;
    if (generator == Generator::DocBook && tree[id].tag != Tag::Body &&
        has_any_class(tree, id, kDocBookClasses))
      return id;
  }
  return kNoNode;
}

}  // namespace

std::optional<std::vector<bool>> choose_manual_blocks(const HtmlPage& page) {
  const HtmlTree& tree = page.tree;
  const Generator generator = generator_of(tree);
  if (generator == Generator::Unknown) return std::nullopt;
  const NodeId content = find_content(tree, generator);
  if (content == kNoNode) return std::nullopt;
  std::vector<bool> inside(tree.size());
  for (NodeId id = content; id < tree[content].end; ++id) {
    const bool furniture = tree[id].attributes_count > 0 && !tree[id].is_text &&
                           has_any_class(tree, id, kFurnitureClasses);
    inside[id] = !furniture && (id == content || inside[tree[id].parent]);
  }
  std::vector<bool> kept(page.blocks.size());
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    kept[i] = inside[page.blocks[i].node];
    bytes += kept[i] ? page.blocks[i].text.size() : 0;
  }
  if (bytes < kContentBytesMin) return std::nullopt;
  return kept;
}

}  // namespace muai
