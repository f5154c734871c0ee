// Any robots.txt, media type and Retry-After: reading ends and answers stay within their ranges.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "muai/core/check.h"
#include "muai/net/robots.h"
#include "net/media_type.h"
#include "net/retry_after.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  static const muai::Url url = muai::Url::parse("http://foo.bar/foo/bar.php?q=%41#x").value();
  const muai::RobotsRules rules = muai::RobotsRules::parse(input);
  MUAI_CHECK(rules.allows("FooBot", url) == rules.allows("foobot", url));

  const muai::MediaType type = muai::parse_media_type(input);
  MUAI_CHECK(type.essence.size() <= size && type.charset.size() <= size);
  (void)muai::may_be(type, muai::sniff(input));

  const double seconds = muai::retry_after_seconds(input, 1.7e9);
  MUAI_CHECK(seconds == -1 || (seconds >= 0 && seconds <= muai::kRetryAfterSecondsMax));
  return 0;
}
