#pragma once

// Files that travel inside the program (cmake/MuaiEmbed.cmake makes the sources). Private to the
// layers: each declares `LAYER_text(name)` in its own embedded_texts.h.

#include <span>
#include <string_view>

#include "muai/core/check.h"

namespace muai {

struct EmbeddedText {
  std::string_view name;  // of the file, without its folder
  std::string_view text;
};

// The text of one file. REQUIRES: it is among `texts`.
inline std::string_view text_named(std::span<const EmbeddedText> texts, std::string_view name) {
  for (const EmbeddedText& embedded : texts)
    if (embedded.name == name) return embedded.text;
  MUAI_CHECK(false);
}

}  // namespace muai
