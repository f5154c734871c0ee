#include "muai/tool/web_search.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "muai/core/nearest.h"

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::string_view kParameters = R"({
  "type": "object",
  "properties": {
    "query": {"type": "string", "minLength": 1, "maxLength": 10000,
              "description": "What to look for."},
    "max_results": {"type": "integer", "minimum": 1, "maximum": 50, "default": 5},
    "language": {"type": "string", "description": "en, zh, or empty for the query's own."}
  },
  "required": ["query"],
  "additionalProperties": false
})";

constexpr std::int64_t kResultsDefault = 5;

json::value as_json(std::string_view provider, const std::vector<SearchResult>& results) {
  json::array list;
  for (const SearchResult& result : results) {
    list.push_back(
        json::object{{"title", result.title}, {"url", result.url}, {"snippet", result.snippet}});
  }
  return json::object{{"provider", provider}, {"results", std::move(list)}};
}

SearchRequest request_of(const json::object& arguments) {
  SearchRequest request;
  request.query = std::string(arguments.at("query").get_string());
  const json::value* most = arguments.if_contains("max_results");
  request.results_max =
      static_cast<std::size_t>(most ? most->to_number<std::int64_t>() : kResultsDefault);
  if (const json::value* language = arguments.if_contains("language"))
    request.language = std::string(language->get_string());
  return request;
}

class WebSearchTool final : public Tool {
 public:
  WebSearchTool(std::vector<const SearchProvider*> providers, DisclosureNotice disclose)
      : providers_(std::move(providers)), disclose_(std::move(disclose)) {
    description_ = {.name = "web_search",
                    .capabilities = {"search"},
                    .description =
                        "Finds documents about something: in the user's own "
                        "collections first, then with the configured web providers.",
                    .parameters = std::string(kParameters)};
  }

  const ToolDescription& description() const override { return description_; }

  Task<Result<json::value>> call(json::value arguments, ToolContext context) const override {
    const SearchRequest request = request_of(arguments.get_object());
    if (providers_.empty()) {
      co_return fail(ErrorCode::InvalidConfig,
                     "no search provider is configured; add documents with `muai kb add PATH`, or "
                     "name a provider under `search` in the configuration");
    }
    std::optional<Error> failed;  // the first failure, whose code is the whole's
    std::string others;           // what the later ones said
    const SearchProvider* answered = nullptr;
    for (const SearchProvider* provider : providers_) {
      disclose(*provider, request);
      auto searching = provider->search(request, context);
      auto results = co_await std::move(searching);
      if (results && !results->empty()) co_return as_json(provider->name(), *results);
      if (results) answered = provider;
      if (!results) {
        if (results.error().code() == ErrorCode::Cancelled) co_return pass(std::move(results));
        if (context.note)
          context.note(fmt::format("search {}: {}", provider->name(), results.error().message()));
        if (!failed)
          failed = std::move(results).error();
        else
          others += "; then " + results.error().message();
      }
    }
    if (answered) co_return as_json(answered->name(), {});
    std::string message = failed->message() + others;
    co_return std::unexpected(std::move(*failed).with_message(std::move(message)));
  }

 private:
  void disclose(const SearchProvider& provider, const SearchRequest& request) const {
    const std::string host = provider.host_for(request);
    if (disclose_ && !host.empty()) disclose_(host);
  }

  std::vector<const SearchProvider*> providers_;
  DisclosureNotice disclose_;
  ToolDescription description_;
};

}  // namespace

std::shared_ptr<const Tool> make_web_search_tool(std::vector<const SearchProvider*> providers,
                                                 DisclosureNotice disclose) {
  return std::make_shared<WebSearchTool>(std::move(providers), std::move(disclose));
}

}  // namespace muai
