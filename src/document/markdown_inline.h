#pragma once

// The inline part of Markdown, turned into the text that a reader sees.

#include <string>
#include <string_view>

namespace muai {

// Links become their text, images vanish, emphasis marks go, code spans keep their content,
// entities and escapes become their characters, HTML tags go (with the content of hidden ones),
// line breaks become blanks. Linear.
std::string plain_inline(std::string_view markdown);

}  // namespace muai
