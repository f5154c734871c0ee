#pragma once

// A SearXNG server that the operator runs or trusts.

#include <memory>
#include <string>

#include "muai/core/result.h"
#include "muai/tool/search_provider.h"

namespace muai {

class Fetcher;

// `base_url` is the server's address, which is added to the fetcher's configured origins.
// `fetcher` outlives the provider. InvalidConfig for a malformed or empty address.
Result<std::unique_ptr<SearchProvider>> make_searxng_provider(Fetcher& fetcher,
                                                              std::string base_url);

}  // namespace muai
