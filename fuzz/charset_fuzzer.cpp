// Bytes of unknown encoding: no input may crash detection or decoding, and what comes out is UTF-8.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "muai/core/check.h"
#include "muai/document/charset.h"
#include "muai/text/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  // The first byte says how much of the rest is the label that a server gave.
  if (size == 0) return 0;
  const std::string_view all(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const std::size_t label_bytes = std::min<std::size_t>(bytes[0] % 16, all.size());
  const std::string_view label = all.substr(0, label_bytes), input = all.substr(label_bytes);
  for (const auto content : {muai::CharsetContent::Html, muai::CharsetContent::Text}) {
    const muai::Charset charset = muai::detect_charset(input, label, content);
    MUAI_CHECK(!charset.name.empty());
    MUAI_CHECK(!muai::to_string(charset.source).empty());
    MUAI_CHECK(muai::is_valid_utf8(muai::decode_to_utf8(input, charset.name)));
  }
  const std::string_view declared = muai::prescan_meta_charset(input);
  MUAI_CHECK(declared.empty() || muai::charset_for_label(declared) == declared);
  muai::charset_parameter(input);
  return 0;
}
