#include "muai/tool/searxng.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "muai/core/json.h"
#include "muai/net/fetcher.h"
#include "muai/net/url.h"
#include "tool/json_request.h"
#include "tool/provider_replies.h"

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::size_t kEnginesNamedMax = 5;

// "google: timeout, bing: access denied": the engines behind the server that did not answer.
std::string silent_engines(const json::value& answer) {
  const json::array* list = find_list(answer, {"unresponsive_engines"});
  std::string names;
  for (std::size_t i = 0; list && i < std::min(list->size(), kEnginesNamedMax); ++i) {
    const json::array* pair = (*list)[i].if_array();
    if (!pair || pair->empty() || !pair->front().is_string()) continue;
    names += names.empty() ? "" : ", ";
    names += std::string_view(pair->front().get_string());
    if (pair->size() > 1 && (*pair)[1].is_string())
      names += fmt::format(": {}", std::string_view((*pair)[1].get_string()));
  }
  return names;
}

class SearxngProvider final : public SearchProvider {
 public:
  SearxngProvider(Fetcher& fetcher, Url base)
      : fetcher_(fetcher),
        base_(std::move(base)),
        service_{.name = "SearXNG at " + base_.display(),
                 .access_remedy = "add json to search.formats in the server's settings.yml"} {}

  std::string_view name() const override { return "searxng"; }
  std::string host_for(const SearchRequest&) const override { return std::string(base_.host()); }

  Task<Result<std::vector<SearchResult>>> search(SearchRequest request,
                                                 ToolContext context) const override {
    std::string address =
        fmt::format("{}/search?q={}&format=json", without_final_slashes(base_.href()),
                    percent_encoded(request.query));
    if (!request.language.empty()) address += "&language=" + percent_encoded(request.language);
    MUAI_CO_TRY(Url url, Url::parse(address));
    HttpRequest asked{.url = std::move(url), .egress = Egress::Configured};
    asked.limits = search_limits();
    asked.accepted = {"application/json"};
    auto fetching = fetcher_.fetch(std::move(asked), context.stop);
    auto response = co_await std::move(fetching);
    if (!response)
      co_return std::unexpected(unreached_error(service_, std::move(response).error()));
    co_return read_searxng_reply(service_, *response, request.results_max);
  }

 private:
  Fetcher& fetcher_;
  Url base_;
  SearchService service_;
};

}  // namespace

SearchResults read_searxng_reply(const SearchService& service, const HttpResponse& response,
                                 std::size_t results_max) {
  MUAI_TRY(const json::value answer, json_reply(service, response));
  const json::array* hits = find_list(answer, {"results"});
  if (!hits)
    return std::unexpected(
        search_error(service, SearchTrouble::Unreadable, {.said = "it has no list of results"}));
  ResultList results(results_max);
  results.add_hits(*hits, "content");
  std::vector<SearchResult> found = std::move(results).take();
  // No results from engines that did not answer is no "nothing found".
  const std::string silent = found.empty() ? silent_engines(answer) : std::string();
  if (!silent.empty())
    return std::unexpected(search_error(service, SearchTrouble::Down, {.said = silent}));
  return found;
}

Result<std::unique_ptr<SearchProvider>> make_searxng_provider(Fetcher& fetcher,
                                                              std::string base_url) {
  MUAI_TRY(Url base,
           provider_base(base_url, {.kind = "searxng", .example = "http://127.0.0.1:8888"}));
  MUAI_TRY_VOID(fetcher.add_origin({.url = base.href()}));
  return std::make_unique<SearxngProvider>(fetcher, std::move(base));
}

}  // namespace muai
