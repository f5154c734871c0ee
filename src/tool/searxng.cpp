#include "muai/tool/searxng.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "muai/net/fetcher.h"
#include "muai/net/url.h"
#include "tool/json_request.h"

namespace muai {
namespace json = boost::json;
namespace {

// A result must not name a local document or a file.
bool is_web_address(const std::string& text) {
  const Result<Url> url = Url::parse(text);
  return url && (url->scheme() == "https" || url->scheme() == "http");
}

class SearxngProvider final : public SearchProvider {
 public:
  SearxngProvider(Fetcher& fetcher, Url base) : fetcher_(fetcher), base_(std::move(base)) {
    address_ = base_.href();
    while (address_.ends_with('/')) address_.pop_back();
  }

  std::string_view name() const override { return "searxng"; }
  std::string host_for(const SearchRequest&) const override { return std::string(base_.host()); }

  Task<Result<std::vector<SearchResult>>> search(SearchRequest request,
                                                 ToolContext context) const override {
    std::string address =
        fmt::format("{}/search?q={}&format=json", address_, percent_encoded(request.query));
    if (!request.language.empty()) address += "&language=" + percent_encoded(request.language);
    MUAI_CO_TRY(Url url, Url::parse(address));
    HttpRequest asked{.url = std::move(url), .egress = Egress::Configured};
    auto asking =
        request_json(fetcher_, std::move(asked), "SearXNG at " + base_.display(), context.stop);
    auto answer = co_await std::move(asking);
    if (!answer) co_return pass(std::move(answer));
    co_return results_of(*answer, request.results_max);
  }

 private:
  static Result<std::vector<SearchResult>> results_of(const json::value& answer,
                                                      std::size_t results_max) {
    const json::object* top = answer.if_object();
    const json::value* hits = top ? top->if_contains("results") : nullptr;
    if (!hits || !hits->is_array())
      return fail(ErrorCode::Upstream, "SearXNG's answer has no list of results");
    std::vector<SearchResult> results;
    for (const json::value& hit : hits->get_array()) {
      if (results.size() == results_max) break;
      const json::object* object = hit.if_object();
      if (!object) continue;
      SearchResult result{.title = string_member(*object, "title"),
                          .url = string_member(*object, "url"),
                          .snippet = string_member(*object, "content")};
      if (is_web_address(result.url)) results.push_back(std::move(result));
    }
    return results;
  }

  Fetcher& fetcher_;
  Url base_;
  std::string address_;
};

}  // namespace

Result<std::unique_ptr<SearchProvider>> make_searxng_provider(Fetcher& fetcher,
                                                              std::string base_url) {
  Result<Url> url = Url::parse(base_url);
  if (!url || !(url->scheme() == "https" || url->scheme() == "http")) {
    return fail(ErrorCode::InvalidConfig,
                fmt::format("search provider searxng: '{}' is no address like "
                            "http://127.0.0.1:8888",
                            base_url));
  }
  MUAI_TRY_VOID(fetcher.add_origin({.url = url->href()}));
  return std::make_unique<SearxngProvider>(fetcher, *std::move(url));
}

}  // namespace muai
