#pragma once

// DuckDuckGo's result page for browsers without JavaScript. It has no interface for programs and
// gives no permission to use this one, so it is for whoever switches it on knowingly: at most one
// question in two seconds under our own name, and none for an hour after it showed a challenge.

#include <functional>
#include <memory>
#include <string>

#include "muai/core/result.h"
#include "muai/tool/search_provider.h"

namespace muai {

class Fetcher;

inline constexpr std::string_view kDuckDuckGoUrl = "https://html.duckduckgo.com";

struct DuckDuckGoOptions {
  std::string base_url{};      // empty: kDuckDuckGoUrl
  double blocked_until_s = 0;  // Unix time of an earlier challenge plus the hour it is left alone
  // Told when it blocks us, so that the time outlives the process; loop thread; may be empty.
  std::function<void(double blocked_until_s)> on_blocked{};
};

// `fetcher`, which gets the address as a configured origin, outlives the provider. InvalidConfig
// for a malformed address.
Result<std::unique_ptr<SearchProvider>> make_duckduckgo_provider(Fetcher& fetcher,
                                                                 DuckDuckGoOptions options);

}  // namespace muai
