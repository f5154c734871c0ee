#pragma once

// Text that arrives in pieces cut anywhere, also inside a code point.

#include <string>
#include <string_view>

#include "muai/text/utf8.h"

namespace muai {

// `text` without blanks and line ends around it.
std::string_view without_outer_blanks(std::string_view text);

// Collects pieces and gives back whole code points. Broken bytes become U+FFFD, as do NUL bytes,
// which end strings elsewhere.
class WholeText {
 public:
  // What has become whole with this piece. The view lives until the next call.
  std::string_view add(std::string_view piece);
  // The end: what is still incomplete is broken.
  std::string_view finish();

  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  std::string_view append(std::string_view bytes);

  std::string text_;
  std::string cut_;  // the beginning of a code point, at most 3 bytes
};

}  // namespace muai
