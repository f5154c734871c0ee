#include "muai/tool/tavily.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "muai/core/json.h"
#include "muai/net/url.h"
#include "tool/provider_replies.h"

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::size_t kResultsMax = 20;
constexpr std::size_t kQueryPointsMax = 400;

class TavilyProvider final : public SearchProvider {
 public:
  TavilyProvider(Fetcher& fetcher, Url base, ServiceKey key)
      : fetcher_(fetcher),
        base_(std::move(base)),
        service_{.name = "Tavily at " + base_.display(),
                 .access_remedy = "keys are made at https://app.tavily.com",
                 .key = std::move(key)} {}

  std::string_view name() const override { return "tavily"; }
  std::string host_for(const SearchRequest&) const override {
    return service_.key.value.empty() ? std::string() : std::string(base_.host());
  }

  Task<Result<std::vector<SearchResult>>> search(SearchRequest request,
                                                 ToolContext context) const override {
    if (service_.key.value.empty()) co_return std::unexpected(missing_key_error(service_));
    MUAI_CO_TRY(Url url, Url::parse(without_final_slashes(base_.href()) + "/search"));
    HttpRequest asked{.url = std::move(url), .egress = Egress::Configured, .method = "POST"};
    asked.headers.add({"Content-Type", "application/json"});
    const json::object question{
        {"query", shortened_query(request.query, kQueryPointsMax)},
        {"search_depth", "basic"},
        {"max_results", std::clamp<std::size_t>(request.results_max, 1, kResultsMax)}};
    MUAI_CO_TRY(asked.body, write_json(question));
    asked.limits = search_limits();
    asked.accepted = {"application/json"};
    auto fetching = fetcher_.fetch(std::move(asked), context.stop);
    auto response = co_await std::move(fetching);
    if (!response)
      co_return std::unexpected(unreached_error(service_, std::move(response).error()));
    co_return read_tavily_reply(service_, *response, request.results_max);
  }

 private:
  Fetcher& fetcher_;
  Url base_;
  SearchService service_;
};

}  // namespace

SearchResults read_tavily_reply(const SearchService& service, const HttpResponse& response,
                                std::size_t results_max) {
  MUAI_TRY(const json::value answer, json_reply(service, response));
  const json::array* hits = find_list(answer, {"results"});
  if (!hits)
    return std::unexpected(
        search_error(service, SearchTrouble::Unreadable, {.said = "it has no list of results"}));
  ResultList results(results_max);
  results.add_hits(*hits, "content");
  return std::move(results).take();
}

Result<std::unique_ptr<SearchProvider>> make_tavily_provider(Fetcher& fetcher, ServiceKey key,
                                                             std::string base_url) {
  if (base_url.empty()) base_url = kTavilyUrl;
  MUAI_TRY(Url base, provider_base(base_url, {.kind = "tavily", .example = kTavilyUrl}));
  MUAI_TRY_VOID(check_key("tavily", key));
  ConfiguredOrigin origin{.url = base.href()};
  origin.pace = {.connections_max = 1, .gap = std::chrono::milliseconds{50}};
  if (!key.value.empty()) origin.headers.add({"Authorization", "Bearer " + key.value});
  MUAI_TRY_VOID(fetcher.add_origin(std::move(origin)));
  return std::make_unique<TavilyProvider>(fetcher, std::move(base), std::move(key));
}

}  // namespace muai
