#pragma once

// SearchProvider: one place that can be asked for documents about something: the user's own
// collections, MediaWiki, SearXNG, Brave Search, Tavily, DuckDuckGo.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muai/async/task.h"
#include "muai/core/records.h"
#include "muai/core/result.h"
#include "muai/tool/page.h"
#include "muai/tool/tool.h"

namespace muai {

struct SearchRequest {
  std::string query;
  std::size_t results_max = 5;
  std::string language;  // "en", "zh", or empty for the query's own
};

// Called on the loop thread, several calls at a time. Lives as long as the engine.
class SearchProvider {
 public:
  virtual ~SearchProvider() = default;

  // "local", "mediawiki", "brave": the name in configuration and traces.
  virtual std::string_view name() const = 0;

  // The host that would learn the question, for the one-time notice; empty when it stays on this
  // machine.
  virtual std::string host_for(const SearchRequest& request) const = 0;

  // Best first, at most results_max. An empty list is an answer. Errors are typed by remedy:
  // InvalidConfig (no or a wrong key, a wrong address: which setting or variable to correct),
  // Refused (policy, a used-up quota, a service that blocks programs; retry_after when known),
  // Upstream (it failed, or asks to wait: then retry_after), Network, Timeout.
  virtual Task<Result<std::vector<SearchResult>>> search(SearchRequest request,
                                                         ToolContext context) const = 0;

  // The text of one of its own URLs (kb://...); nothing for all others.
  virtual Task<Result<std::optional<Page>>> read(std::string url, ToolContext context) const;
};

}  // namespace muai
