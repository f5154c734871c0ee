#pragma once

// A parsed page as flat arrays in document order. A node's descendants are the ids between it and
// its `end`, so that every pass over the tree is a loop and never a recursion.

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "document/html_aside.h"
#include "document/html_attribute.h"
#include "document/html_tags.h"

namespace muai {

using NodeId = std::uint32_t;
inline constexpr NodeId kNoNode = std::numeric_limits<NodeId>::max();

struct HtmlNode {
  NodeId parent = kNoNode;
  NodeId end = 0;  // one after the last descendant
  std::uint32_t attributes_begin = 0;
  std::uint16_t attributes_count = 0;
  std::uint16_t depth = 0;
  Tag tag = Tag::Unknown;
  bool is_text = false;
  std::string_view text;  // of a text node, entities decoded
};

// Owns its nodes and the memory they view. Node 0 is <html>. Movable, not copyable.
class HtmlTree {
 public:
  // `html` is cleaned (html_clean.h); only then is parsing linear. `aside` holds what cleaning set
  // aside, whose texts are taken. The tree views neither.
  static HtmlTree parse(std::string_view html, SetAside& aside);

  HtmlTree(HtmlTree&&) noexcept;
  HtmlTree& operator=(HtmlTree&&) noexcept;
  ~HtmlTree();

  NodeId size() const { return static_cast<NodeId>(nodes_.size()); }
  const HtmlNode& operator[](NodeId id) const { return nodes_[id]; }

  // Value of the attribute, or nothing when the element does not have it.
  std::optional<std::string_view> find_attribute(NodeId id, Attribute attribute) const;
  // The same, "" when absent.
  std::string_view attribute(NodeId id, Attribute attribute) const {
    return find_attribute(id, attribute).value_or(std::string_view());
  }
  std::span<const HtmlAttribute> attributes(NodeId id) const {
    return {attributes_.data() + nodes_[id].attributes_begin, nodes_[id].attributes_count};
  }

 private:
  class Arena;
  class Builder;
  HtmlTree();

  std::unique_ptr<Arena> arena_;  // holds every string that nodes and attributes view
  std::vector<HtmlNode> nodes_;
  std::vector<HtmlAttribute> attributes_;
};

}  // namespace muai
