#pragma once

// Which blocks of a page are its content.

#include <string_view>
#include <vector>

#include "document/html_page.h"

namespace muai {

// True for each block to keep. `url` may be empty. Linear.
std::vector<bool> choose_main_blocks(const HtmlPage& page, std::string_view url);

}  // namespace muai
