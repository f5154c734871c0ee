#pragma once

// Tavily: a search service made for programs, behind a key (some searches a month are free).

#include <memory>
#include <string>

#include "muai/core/result.h"
#include "muai/net/service_key.h"
#include "muai/tool/search_provider.h"

namespace muai {

class Fetcher;

inline constexpr std::string_view kTavilyUrl = "https://api.tavily.com";

// Asks `base_url` (empty: kTavilyUrl), which becomes one of the fetcher's configured origins with
// the key bound to it. Without a key every search fails with InvalidConfig, which names what to
// set, and nothing is sent. `fetcher` outlives the provider. InvalidConfig for a malformed
// address.
Result<std::unique_ptr<SearchProvider>> make_tavily_provider(Fetcher& fetcher, ServiceKey key,
                                                             std::string base_url = "");

}  // namespace muai
