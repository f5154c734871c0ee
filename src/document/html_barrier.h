#pragma once

// What stands between a reader and a page: notices that ask for consent, and pages that are
// nothing but such a notice, the start of a paid text, or a check for a human reader. Recognised by
// what they say and how little else is there, never by who sent them.

#include <string_view>
#include <vector>

#include "document/html_page.h"
#include "muai/document/document.h"

namespace muai {

// For each node whether it lies in a consent notice on top of a page that shows other text. No
// notice is found on a page that is mostly notice. Linear.
std::vector<bool> find_consent_notices(const HtmlTree& tree, const std::vector<PageBlock>& blocks);

// `kept` says of each block whether it was kept, `text` is what they say, `title` the page's title.
// Linear.
PageBarrier find_barrier(const HtmlPage& page, const std::vector<bool>& kept,
                         std::string_view title, std::string_view text);

}  // namespace muai
