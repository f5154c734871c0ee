#pragma once

// Pages that documentation generators wrote (Sphinx, DocBook): these mark their content, so that
// there is nothing to guess.

#include <optional>
#include <vector>

#include "document/html_page.h"

namespace muai {

// Which blocks to keep, or nothing when the page is not recognised as such a page, or when its
// marked part holds next to nothing. Tables of contents and page turning go. Linear.
std::optional<std::vector<bool>> choose_manual_blocks(const HtmlPage& page);

}  // namespace muai
