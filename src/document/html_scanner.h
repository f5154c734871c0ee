#pragma once

// Tags of an HTML text, found as the tokenizer of the HTML standard finds them.

#include <cstddef>
#include <string_view>
#include <vector>

#include "document/html_tags.h"

namespace muai {

struct RawAttribute {
  std::string_view name;   // as written
  std::string_view value;  // as written, entities not decoded; empty when there is none
};

struct RawTag {
  Tag tag = Tag::Unknown;
  std::string_view name;  // as written
  bool is_end = false;
  std::vector<RawAttribute> attributes;  // at most kAttributesMax; the rest is passed over
};

inline constexpr std::size_t kAttributesMax = 64;

// Reads the tag whose '<' stands at `at`, which must be followed by a letter, or by '/' and a
// letter. Returns the offset after its '>', or npos when the text ends inside the tag.
std::size_t read_tag(std::string_view html, std::size_t at, RawTag& tag);

// Offset after the markup declaration, comment or bogus comment whose '<' stands at `at`
// (followed by '!', '?' or '/'), or npos when the text ends inside a comment.
std::size_t skip_declaration(std::string_view html, std::size_t at);

// Offset of the "</name" that ends the raw text of an element, or npos. `name` in lower case.
std::size_t find_raw_text_end(std::string_view html, std::size_t from, std::string_view name);

// The same for <script>, whose text may hold "<!-- <script> </script> -->".
std::size_t find_script_end(std::string_view html, std::size_t from);

}  // namespace muai
