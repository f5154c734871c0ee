// The only source that knows the HTML5 parser (gumbo). Its tree lives in an arena, is walked once
// into flat arrays, and is never freed node by node.

#include "document/html_tree.h"

#include <gumbo.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "document/ascii.h"

namespace muai {
namespace {

constexpr std::string_view kAttributeNames[] = {
    "aria-hidden", "bgcolor",  "class", "color", "content", "datetime", "hidden", "href", "id",
    "itemprop",    "itemtype", "lang",  "name",  "open",    "property", "rel",    "role", "style",
};
static_assert(std::ranges::is_sorted(kAttributeNames));
static_assert(std::size(kAttributeNames) == static_cast<std::size_t>(Attribute::Style) + 1);

Tag tag_of(GumboTag gumbo_tag) {
  static const auto table = [] {
    std::array<Tag, GUMBO_TAG_LAST + 1> tags{};
    for (std::size_t i = 0; i < GUMBO_TAG_UNKNOWN; ++i)
      tags[i] = muai::tag_of(std::string_view(gumbo_normalized_tagname(static_cast<GumboTag>(i))));
    return tags;
  }();
  return table[gumbo_tag];
}

// gumbo 0.10 does not know the youngest elements by number.
Tag tag_of(const GumboElement& element) {
  if (element.tag != GUMBO_TAG_UNKNOWN) return tag_of(element.tag);
  GumboStringPiece name = element.original_tag;
  if (name.length == 0) return Tag::Unknown;
  gumbo_tag_from_original_text(&name);
  return muai::tag_of(ascii_lower({name.data, name.length}));
}

}  // namespace

std::string_view name_of(Attribute attribute) {
  return kAttributeNames[static_cast<std::size_t>(attribute)];
}

std::optional<Attribute> attribute_of(std::string_view name) {
  if (name.size() < 2 || name.size() > 11) return std::nullopt;
  std::array<char, 11> lower;
  std::ranges::transform(name, lower.begin(), [](char c) { return ascii_lower(c); });
  const std::string_view key(lower.data(), name.size());
  for (std::size_t i = 0; i < std::size(kAttributeNames); ++i)
    if (kAttributeNames[i] == key) return static_cast<Attribute>(i);
  return std::nullopt;
}

// Hands out memory in order and takes all of it back at once.
class HtmlTree::Arena {
 public:
  static void* allocate(void* self, std::size_t bytes) {
    return static_cast<Arena*>(self)->take(bytes);
  }
  static void release(void*, void*) {}

 private:
  static constexpr std::size_t kChunkBytes = 256 << 10;

  void* take(std::size_t bytes) {
    bytes = (bytes + alignof(std::max_align_t) - 1) & ~(alignof(std::max_align_t) - 1);
    if (bytes > left_) {
      const std::size_t chunk = std::max(bytes, kChunkBytes);
      chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(chunk));
      at_ = chunks_.back().get();
      left_ = chunk;
    }
    void* const taken = at_;
    at_ += bytes;
    left_ -= bytes;
    return taken;
  }

  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  std::byte* at_ = nullptr;
  std::size_t left_ = 0;
};

HtmlTree::HtmlTree() : arena_(std::make_unique<Arena>()) {}
HtmlTree::HtmlTree(HtmlTree&&) noexcept = default;
HtmlTree& HtmlTree::operator=(HtmlTree&&) noexcept = default;
HtmlTree::~HtmlTree() = default;

std::optional<std::string_view> HtmlTree::find_attribute(NodeId id, Attribute attribute) const {
  for (const HtmlAttribute& found : attributes(id))
    if (found.attribute == attribute) return found.value;
  return std::nullopt;
}

HtmlTree HtmlTree::parse(std::string_view html) {
  HtmlTree tree;
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = &Arena::allocate;
  options.deallocator = &Arena::release;
  options.userdata = tree.arena_.get();
  options.max_errors = 0;
  options.tab_stop = 1;
  const GumboOutput* output = gumbo_parse_with_options(&options, html.data(), html.size());

  struct Visit {
    const GumboNode* node;
    NodeId id;
    unsigned next_child;
  };
  std::vector<Visit> open;
  const auto enter = [&](const GumboNode* node) {
    HtmlNode made;
    made.parent = open.empty() ? kNoNode : open.back().id;
    made.depth = static_cast<std::uint16_t>(open.size());
    const NodeId id = tree.size();
    made.end = id + 1;
    if (node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE) {
      made.tag = node->type == GUMBO_NODE_TEMPLATE ? Tag::Template : tag_of(node->v.element);
      made.attributes_begin = static_cast<std::uint32_t>(tree.attributes_.size());
      const GumboVector& attributes = node->v.element.attributes;
      for (unsigned i = 0; i < attributes.length; ++i) {
        const auto* raw = static_cast<const GumboAttribute*>(attributes.data[i]);
        if (const auto known = attribute_of(raw->name))
          tree.attributes_.push_back({*known, raw->value});
      }
      made.attributes_count =
          static_cast<std::uint16_t>(tree.attributes_.size() - made.attributes_begin);
      tree.nodes_.push_back(made);
      open.push_back({node, id, 0});
    } else if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE ||
               node->type == GUMBO_NODE_CDATA) {
      made.is_text = true;
      made.text = node->v.text.text;
      tree.nodes_.push_back(made);
    }
  };
  enter(output->root);
  while (!open.empty()) {
    Visit& visit = open.back();
    const GumboVector& children = visit.node->v.element.children;
    if (visit.next_child == children.length) {
      tree.nodes_[visit.id].end = tree.size();
      open.pop_back();
    } else {
      enter(static_cast<const GumboNode*>(children.data[visit.next_child++]));
    }
  }
  return tree;
}

}  // namespace muai
