// Any bytes: parsing ends, and what it accepts is a fixed point that a second parse agrees with.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "muai/core/check.h"
#include "muai/net/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  static const muai::Url base = muai::Url::parse("https://example.org/a/b?c#d").value();
  for (const auto& url : {muai::Url::parse(input), muai::Url::parse(input, base)}) {
    if (!url) {
      MUAI_CHECK(!url.error().message().empty());
      continue;
    }
    const auto again = muai::Url::parse(url->href());
    MUAI_CHECK(again.has_value());
    MUAI_CHECK(again->href() == url->href());
    MUAI_CHECK(again->origin() == url->origin());
    MUAI_CHECK(again->address() == url->address());
    for (const char c : url->href()) {
      MUAI_CHECK(c >= ' ' && c < 0x7F);
    }
    MUAI_CHECK(url->display().size() <= 303);
  }
  return 0;
}
