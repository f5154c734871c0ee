#pragma once

// Which blocks of a page are its content.

#include <vector>

#include "document/html_page.h"

namespace muai {

// True for each block to keep. Linear.
std::vector<bool> choose_main_blocks(const HtmlPage& page);

}  // namespace muai
