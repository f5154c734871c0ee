#pragma once

// Which blocks of a page are its content.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "document/html_model.h"
#include "document/html_page.h"

namespace muai {

// What was decided, and from what.
struct MainBlocks {
  enum class Judge : std::uint8_t {
    Generator,  // the program that wrote the page marked its content
    Bare,       // a small page without furniture: all of it is content
    Model,      // the trained tables
  };
  Judge judge = Judge::Model;
  std::vector<bool> kept;          // for each block
  std::vector<float> probability;  // for each block, of being content; empty unless Model judged
  float cut = 0;                   // blocks from this probability on are kept
  // Of each PageUse; all 0 unless Model judged.
  std::array<float, kPageUseCount> uses{};
};

// `url` may be empty. Linear.
MainBlocks choose_main_blocks(const HtmlPage& page, std::string_view url);

}  // namespace muai
