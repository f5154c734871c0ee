#pragma once

// What schema.org data embedded in a page says about it. Only metadata: text that stands nowhere
// but in a script is invisible to readers, and so is never taken for content.

#include <string>
#include <string_view>
#include <vector>

namespace muai {

struct JsonLd {
  std::string type;  // of the richest object: "NewsArticle", "Product", ...; may be empty
  std::string headline, author, date, language;
  // What the data give as the text of an article and as descriptions; several after each other,
  // together at most 64 KiB each.
  std::string body, description;
  bool is_locked = false;  // "isAccessibleForFree": false, of the page or a part of it
};

// Reads every block that is valid JSON; the others are passed over, as browsers do. Bounded depth
// and size, no recursion.
JsonLd read_json_ld(const std::vector<std::string>& blocks);

}  // namespace muai
