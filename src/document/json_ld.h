#pragma once

// What schema.org data embedded in a page says about it.

#include <string>
#include <string_view>
#include <vector>

namespace muai {

struct JsonLd {
  std::string type;  // of the richest object: "NewsArticle", "Product", ...; may be empty
  std::string headline, author, date, language;
  std::string body;         // articleBody or text, may hold HTML
  std::string description;  // of a product or the like
};

// Reads every block that is valid JSON; the others are passed over, as browsers do. Bounded depth
// and size, no recursion.
JsonLd read_json_ld(const std::vector<std::string>& blocks);

}  // namespace muai
