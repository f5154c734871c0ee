#pragma once

// From a service's response to results or a typed error, one function for each service. Pure:
// tests and the fuzzer call them with recorded and hostile bytes. Private to the tools.

#include <cstddef>
#include <string>
#include <vector>

#include "muai/core/records.h"
#include "muai/core/result.h"
#include "tool/search_reply.h"

namespace muai {

using SearchResults = Result<std::vector<SearchResult>>;

SearchResults read_brave_reply(const SearchService& service, const HttpResponse& response,
                               std::size_t results_max);
SearchResults read_tavily_reply(const SearchService& service, const HttpResponse& response,
                                std::size_t results_max);
SearchResults read_searxng_reply(const SearchService& service, const HttpResponse& response,
                                 std::size_t results_max);
// `base` is the wiki's address, without a final slash.
struct WikiReply {
  std::string base;
  std::size_t results_max = 0;
};
SearchResults read_mediawiki_reply(const SearchService& service, const HttpResponse& response,
                                   const WikiReply& asked);
SearchResults read_duckduckgo_reply(const SearchService& service, const HttpResponse& response,
                                    std::size_t results_max);

// How long DuckDuckGo is left alone after a challenge.
inline constexpr double kDuckDuckGoPauseSeconds = 3600;

}  // namespace muai
