#pragma once

// How far each block says what the page declares about itself: the text that schema.org data give
// for an article or product, descriptions, titles. Only text that stands visibly on the page is
// ever kept; these declarations just point at it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "document/html_page.h"

namespace muai {

// All windows of a few letters of a text, for asking how much of another text is in it.
class WindowSet {
 public:
  void add(std::string_view text);
  void seal();  // once, after the last add
  bool empty() const { return windows_.empty(); }

  // Share in [0, 1] of the windows at the beginning of a text that are in the set; `letters` are
  // the letters of its beginning.
  float share_of(std::string_view letters) const;

  // Letters and digits in lower case of the first 160 bytes: case, blanks and punctuation do not
  // count.
  static std::string letters_at_beginning(std::string_view text);

 private:
  std::vector<std::uint32_t> windows_;
};

class DeclaredText {
 public:
  explicit DeclaredText(const HtmlPage& page);

  // Appends the features of a block, and those of the page.
  void append(const PageBlock& block, std::vector<float>& row) const;
  void append_page(std::vector<float>& row) const;

 private:
  void read_meta(const HtmlTree& tree, NodeId id);

  WindowSet bodies_, descriptions_, titles_;
  float body_bytes_ = 0;
  float page_type_ = 0;  // og:type: 1 website, 2 article, 3 product, 4 another; 0 none
  float has_product_ = 0;
};

}  // namespace muai
