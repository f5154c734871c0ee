#pragma once

// The files of this folder that travel inside the program (cmake/MuaiEmbed.cmake makes the
// source). Private to the workflow layer.

#include <span>
#include <string_view>

namespace muai {

struct EmbeddedText {
  std::string_view name;  // of the file, without its folder
  std::string_view text;
};

std::span<const EmbeddedText> embedded_texts();

// The text of one file. REQUIRES: it is embedded.
std::string_view embedded_text(std::string_view name);

}  // namespace muai
