// The only source that knows the HTML5 parser (gumbo). Its tree lives in an arena, is walked once
// into flat arrays, and is never freed node by node.

#include "document/html_tree.h"

#include <gumbo.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "document/ascii.h"

namespace muai {
namespace {

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

// Hands out memory in order and takes all of it back at once.
class HtmlTree::Arena {
 public:
  static void* allocate(void* self, std::size_t bytes) {
    return static_cast<Arena*>(self)->take(bytes);
  }
  static void release(void*, void*) {}

  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    auto* const to = static_cast<char*>(take(text.size()));
    std::ranges::copy(text, to);
    return {to, text.size()};
  }

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

// Walks the parser's tree into the flat one.
class HtmlTree::Builder {
 public:
  Builder(HtmlTree& tree, std::string_view html, SetAside& aside)
      : tree_(tree), html_(html), aside_(aside) {}

  void run(const GumboNode* root) {
    enter(root);
    while (!open_.empty()) {
      Visit& visit = open_.back();
      const GumboVector& children = visit.node->v.element.children;
      if (visit.next_child == children.length) {
        tree_.nodes_[visit.id].end = tree_.size();
        open_.pop_back();
      } else {
        enter(static_cast<const GumboNode*>(children.data[visit.next_child++]));
      }
    }
  }

 private:
  struct Visit {
    const GumboNode* node;
    NodeId id;
    unsigned next_child;
  };

  void enter(const GumboNode* node) {
    HtmlNode made;
    made.parent = open_.empty() ? kNoNode : open_.back().id;
    made.depth = static_cast<std::uint16_t>(open_.size());
    const NodeId id = tree_.size();
    made.end = id + 1;
    if (node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE) {
      made.tag = node->type == GUMBO_NODE_TEMPLATE ? Tag::Template : tag_of(node->v.element);
      made.attributes_begin = static_cast<std::uint32_t>(tree_.attributes_.size());
      add_attributes(node->v.element);
      made.attributes_count =
          static_cast<std::uint16_t>(tree_.attributes_.size() - made.attributes_begin);
      tree_.nodes_.push_back(made);
      open_.push_back({node, id, 0});
    } else if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE ||
               node->type == GUMBO_NODE_CDATA) {
      made.is_text = true;
      made.text = text_of(node->v.text.text);
      tree_.nodes_.push_back(made);
    }
  }

  void add_attributes(const GumboElement& element) {
    for (unsigned i = 0; i < element.attributes.length; ++i) {
      const auto* raw = static_cast<const GumboAttribute*>(element.attributes.data[i]);
      if (const auto known = attribute_of(raw->name))
        tree_.attributes_.push_back({*known, raw->value});
    }
    const char* const begin = element.original_tag.data;
    if (begin == nullptr || begin < html_.data() || begin >= html_.data() + html_.size()) return;
    for (const HtmlAttribute& set_aside :
         aside_.attributes_at(static_cast<std::size_t>(begin - html_.data())))
      tree_.attributes_.push_back({set_aside.attribute, tree_.arena_->copy(set_aside.value)});
  }

  std::string_view text_of(std::string_view text) {
    std::size_t mark = text.find(SetAside::kMarkLead);
    if (mark == std::string_view::npos) return text;
    if (text.size() == SetAside::kMarkBytes) return tree_.arena_->copy(aside_.take_text(text));
    whole_.clear();
    std::size_t at = 0;
    for (; mark != std::string_view::npos; mark = text.find(SetAside::kMarkLead, at)) {
      whole_.append(text.substr(at, mark - at));
      whole_.append(aside_.take_text(text.substr(mark)));
      at = std::min(mark + SetAside::kMarkBytes, text.size());
    }
    whole_.append(text.substr(at));
    return tree_.arena_->copy(whole_);
  }

  HtmlTree& tree_;
  std::string_view html_;
  SetAside& aside_;
  std::vector<Visit> open_;
  std::string whole_;
};

HtmlTree HtmlTree::parse(std::string_view html, SetAside& aside) {
  HtmlTree tree;
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = &Arena::allocate;
  options.deallocator = &Arena::release;
  options.userdata = tree.arena_.get();
  options.max_errors = 0;
  options.tab_stop = 1;
  const GumboOutput* output = gumbo_parse_with_options(&options, html.data(), html.size());
  Builder(tree, html, aside).run(output->root);
  return tree;
}

}  // namespace muai
