// A GET with the key in a header of the origin. Both limits, of a second and of a month, come as
// 429, and a wrong key as 422: headers and bodies tell which it is.

#include "muai/tool/brave.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "muai/core/json.h"
#include "muai/net/url.h"
#include "muai/text/language.h"
#include "tool/json_request.h"
#include "tool/provider_replies.h"

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::size_t kResultsMax = 20;
constexpr std::size_t kQueryPointsMax = 400;
// A window that opens again within a minute is a rate; the others are the plan's quota.
constexpr double kRateWindowSeconds = 60;

// One number for each window, the shortest first: "1, 1419704".
std::vector<double> windows_of(const HttpResponse& response, std::string_view header) {
  std::vector<double> numbers;
  std::string_view rest = response.headers.find(header).value_or("");
  while (!rest.empty()) {
    while (!rest.empty() && (rest[0] == ' ' || rest[0] == ',')) rest.remove_prefix(1);
    double number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc()) break;
    numbers.push_back(number);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  }
  return numbers;
}

// Both limits come as 429. A used-up window tells them apart and when it opens again.
Error limit_error(const SearchService& service, HttpResponse response) {
  const std::vector<double> left = windows_of(response, "x-ratelimit-remaining");
  const std::vector<double> reset = windows_of(response, "x-ratelimit-reset");
  double wait = response.retry_after_s;
  for (std::size_t i = 0; i < std::min(left.size(), reset.size()); ++i)
    if (left[i] <= 0 && reset[i] >= 0) wait = std::max(wait, reset[i]);
  if (left.empty() && !reset.empty()) wait = std::max(wait, reset.front());
  response.retry_after_s = wait;
  return status_error(service, response,
                      wait > kRateWindowSeconds ? SearchTrouble::Quota : SearchTrouble::Rate);
}

// A wrong key is 422 SUBSCRIPTION_TOKEN_INVALID, a missing one 422 about a header.
bool is_about_the_key(const HttpResponse& response) {
  const auto body = parse_json(response.body);
  const json::object* top = body ? body->if_object() : nullptr;
  const json::value* error = top ? top->if_contains("error") : nullptr;
  const json::object* object = error ? error->if_object() : nullptr;
  if (!object) return false;
  if (string_member(*object, "code").starts_with("SUBSCRIPTION_TOKEN")) return true;
  const json::array* errors = find_list(*error, {"meta", "errors"});
  return errors && std::ranges::any_of(*errors, [](const json::value& one) {
           const json::array* place = find_list(one, {"loc"});
           return place && std::ranges::any_of(*place, [](const json::value& part) {
                    return part.is_string() && part.get_string() == "x-subscription-token";
                  });
         });
}

class BraveProvider final : public SearchProvider {
 public:
  BraveProvider(Fetcher& fetcher, Url base, ServiceKey key)
      : fetcher_(fetcher),
        base_(std::move(base)),
        service_{.name = "Brave Search at " + base_.display(),
                 .access_remedy =
                     "keys of the plan Search are made at https://api-dashboard.search.brave.com",
                 .key = std::move(key)} {}

  std::string_view name() const override { return "brave"; }
  std::string host_for(const SearchRequest&) const override {
    return service_.key.value.empty() ? std::string() : std::string(base_.host());
  }

  Task<Result<std::vector<SearchResult>>> search(SearchRequest request,
                                                 ToolContext context) const override {
    if (service_.key.value.empty()) co_return std::unexpected(missing_key_error(service_));
    MUAI_CO_TRY(Url url, Url::parse(address_of(request)));
    HttpRequest asked{.url = std::move(url), .egress = Egress::Configured};
    asked.limits = search_limits();
    asked.accepted = {"application/json"};
    auto fetching = fetcher_.fetch(std::move(asked), context.stop);
    auto response = co_await std::move(fetching);
    if (!response)
      co_return std::unexpected(unreached_error(service_, std::move(response).error()));
    co_return read_brave_reply(service_, *response, request.results_max);
  }

 private:
  std::string address_of(const SearchRequest& request) const {
    std::string address =
        fmt::format("{}/res/v1/web/search?q={}&count={}&result_filter=web&text_decorations=false",
                    without_final_slashes(base_.href()),
                    percent_encoded(shortened_query(request.query, kQueryPointsMax)),
                    std::clamp<std::size_t>(request.results_max, 1, kResultsMax));
    if (request.language.starts_with("zh") ||
        (request.language.empty() && language_of(request.query) == Language::Chinese)) {
      const bool traditional = request.language == "zh-TW" || request.language == "zh-HK" ||
                               request.language == "zh-Hant";
      address += traditional ? "&search_lang=zh-hant" : "&search_lang=zh-hans";
    } else if (request.language.starts_with("en")) {
      address += "&search_lang=en";
    }
    return address;
  }

  Fetcher& fetcher_;
  Url base_;
  SearchService service_;
};

}  // namespace

SearchResults read_brave_reply(const SearchService& service, const HttpResponse& response,
                               std::size_t results_max) {
  if (response.status == 429) return std::unexpected(limit_error(service, response));
  if (response.status == 422 && is_about_the_key(response))
    return std::unexpected(status_error(service, response, SearchTrouble::Access));
  MUAI_TRY(const json::value answer, json_reply(service, response));
  const json::object* top = answer.if_object();
  const json::array* hits = find_list(answer, {"web", "results"});
  if (!hits) {
    // A search without hits has no member "web" at all.
    if (top && !top->contains("web") && string_member(*top, "type") == "search")
      return std::vector<SearchResult>();
    return std::unexpected(
        search_error(service, SearchTrouble::Unreadable, {.said = "it has no list web.results"}));
  }
  ResultList results(results_max);
  results.add_hits(*hits, "description");
  return std::move(results).take();
}

Result<std::unique_ptr<SearchProvider>> make_brave_provider(Fetcher& fetcher, ServiceKey key,
                                                            std::string base_url) {
  if (base_url.empty()) base_url = kBraveUrl;
  MUAI_TRY(Url base, provider_base(base_url, {.kind = "brave", .example = kBraveUrl}));
  MUAI_TRY_VOID(check_key("brave", key));
  ConfiguredOrigin origin{.url = base.href()};
  origin.pace = {.connections_max = 1, .gap = std::chrono::milliseconds{50}};
  if (!key.value.empty()) origin.headers.add({"X-Subscription-Token", key.value});
  MUAI_TRY_VOID(fetcher.add_origin(std::move(origin)));
  return std::make_unique<BraveProvider>(fetcher, std::move(base), std::move(key));
}

}  // namespace muai
