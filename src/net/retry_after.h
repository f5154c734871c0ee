#pragma once

#include <string_view>

namespace muai {

inline constexpr double kRetryAfterSecondsMax = 3600;

// Seconds to wait from `now_unix_s` (Unix time) on, by a Retry-After value: a number of seconds or
// an HTTP date (IMF-fixdate). Within [0, kRetryAfterSecondsMax]; negative when unreadable.
double retry_after_seconds(std::string_view value, double now_unix_s);

}  // namespace muai
