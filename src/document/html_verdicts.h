#pragma once

// Why each part of a page was kept or dropped, in words.

#include <vector>

#include "document/html_main.h"
#include "muai/document/reading.h"

namespace muai {

// One verdict for each block and each skipped part with text in it, in document order.
std::vector<BlockVerdict> explain_blocks(const HtmlPage& page, const MainBlocks& main);

}  // namespace muai
