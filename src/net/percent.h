#pragma once

// Percent-encoding and its inverse, with the sets of the WHATWG URL Standard.

#include <cstdint>
#include <string>
#include <string_view>

namespace muai {

// Which bytes are escaped; every set includes the C0 controls and everything above "~".
enum class PercentSet : std::uint8_t {
  C0Control,
  Fragment,
  Query,
  SpecialQuery,
  Path,
  Userinfo,
};

// Appends `text` to `out`, escaping the bytes of `set`. Existing escapes stay as they are.
void percent_encode(std::string_view text, PercentSet set, std::string& out);

// Bytes for "%hh"; everything else as it is.
std::string percent_decode(std::string_view text);

// `text` with every invalid UTF-8 sequence replaced by U+FFFD, as a UTF-8 decoder does it.
std::string utf8_or_replacement(std::string_view text);

}  // namespace muai
