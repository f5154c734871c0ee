#pragma once

// Title, author, date, language and canonical address of a page.

#include <string>
#include <string_view>
#include <vector>

#include "document/html_tree.h"
#include "document/json_ld.h"
#include "muai/document/document.h"

namespace muai {

// Fills the metadata members of `document`, whose url is already set. `first_heading` is the text
// of the page's first <h1>, or "".
void read_metadata(const HtmlTree& tree, const JsonLd& json_ld, std::string_view first_heading,
                   Document& document);

}  // namespace muai
