#pragma once

// The parser reads each character of a page by itself, which is most of its time. But what decides
// the tree is only where text stands, not what it says. So longer texts and the attributes are set
// aside, a mark of one character stands for each text, and the tree gets them back from here.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "document/html_attribute.h"

namespace muai {

// Views the page it was taken from.
class SetAside {
 public:
  // Marks are the characters of the last plane for private use, which a cleaned page does not hold
  // itself; their UTF-8 begins with this byte.
  static constexpr char kMarkLead = '\xF4';
  static constexpr std::size_t kMarkBytes = 4;
  static constexpr std::size_t kTextsMax = 65'000;

  // False when there are too many texts: then it stays where it is.
  bool has_room() const { return texts_.size() < kTextsMax; }
  // Sets `text` aside and appends its mark to `html`.
  void add_text(std::string_view text, std::string& html);
  // The text behind the mark that `bytes` begins with, when it was set aside. Each is given once,
  // so that a page that writes marks itself (&#x100000;) cannot make texts out of nothing.
  std::string_view take_text(std::string_view bytes);

  // Begins the attributes of the start tag at `offset` of the cleaned page; offsets only grow.
  void begin_element(std::size_t offset);
  void add_attribute(Attribute attribute, std::string_view value) {
    attributes_.push_back({attribute, value});
  }
  // The attributes of the start tag at `offset`.
  std::span<const HtmlAttribute> attributes_at(std::size_t offset) const;

 private:
  struct Element {
    std::uint32_t offset;
    std::uint32_t attributes_begin;
  };
  std::vector<std::string_view> texts_;
  std::vector<Element> elements_;
  std::vector<HtmlAttribute> attributes_;
  mutable std::size_t near_ = 0;  // the element asked for last: the next one is likely next
};

}  // namespace muai
