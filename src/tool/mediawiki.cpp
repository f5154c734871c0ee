#include "muai/tool/mediawiki.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

#include "muai/core/json.h"
#include "muai/net/fetcher.h"
#include "muai/net/url.h"
#include "muai/text/language.h"
#include "tool/json_request.h"
#include "tool/provider_replies.h"

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::size_t kResultsMax = 50;
constexpr std::size_t kLanguageBytesMax = 12;
// As Wikimedia asks of programs that meet a lagging server.
constexpr double kBusySeconds = 5;
constexpr double kLagSecondsMax = 3600;

// The wiki's name for a language: "zh" for "zh-CN". Empty when it is no language, which must never
// become part of a host's name.
std::string wiki_language(std::string_view language) {
  std::string name(language.substr(0, language.find_first_of("-_")));
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const bool letters =
      std::all_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  return letters && name.size() >= 2 && name.size() <= kLanguageBytesMax ? name : std::string();
}

// Refusals come with status 200: "maxlag" and "ratelimited" pass, a wrong action means that the
// address is no wiki's. A wiki that lags says for how long.
std::optional<Error> refusal_of(const SearchService& service, const HttpResponse& response,
                                const json::value& answer) {
  const json::object* top = answer.if_object();
  if (!top) return std::nullopt;
  const json::value* error = top->if_contains("error");
  if (const json::array* errors = find_list(answer, {"errors"}); errors && !errors->empty())
    error = &errors->front();
  if (!error) return std::nullopt;
  const json::object* object = error->if_object();
  const std::string code = object ? string_member(*object, "code") : std::string();
  const std::string said = fmt::format("{}: {}", code, words_of_error(*error));
  TroubleDetail detail{.said = said, .retry_after_s = response.retry_after_s};
  const bool busy = code == "maxlag" || code == "ratelimited" || code == "readonly" ||
                    code.ends_with("too-busy-error") || code.ends_with("too_busy");
  if (busy) {
    const json::value* lag = object->if_contains("lag");
    if (detail.retry_after_s < 0)
      detail.retry_after_s = lag && lag->is_number()
                                 ? std::clamp(lag->to_number<double>(), 1.0, kLagSecondsMax)
                                 : kBusySeconds;
    return search_error(service, SearchTrouble::Rate, detail);
  }
  if (code == "search-disabled" || code == "readapidenied")
    return search_error(service, SearchTrouble::NoSearch, detail);
  const bool no_wiki = code == "badvalue" || code == "unknown_action";
  return search_error(service, no_wiki ? SearchTrouble::BadSetting : SearchTrouble::Down, detail);
}

class MediaWikiProvider final : public SearchProvider {
 public:
  MediaWikiProvider(Fetcher& fetcher, std::string base_url)
      : fetcher_(fetcher), base_url_(std::move(base_url)) {
    while (base_url_.ends_with('/')) base_url_.pop_back();
  }

  std::string_view name() const override { return "mediawiki"; }

  std::string host_for(const SearchRequest& request) const override {
    const Result<Url> url = Url::parse(base_for(request));
    return url ? std::string(url->host()) : std::string();
  }

  Task<Result<std::vector<SearchResult>>> search(SearchRequest request,
                                                 ToolContext context) const override {
    const std::string base = base_for(request);
    const std::string address = fmt::format(
        "{}/api.php?action=query&list=search&srsearch={}&srlimit={}&format=json&formatversion=2"
        "&maxlag=5",
        base, percent_encoded(request.query), std::min(request.results_max, kResultsMax));
    MUAI_CO_TRY(Url url, Url::parse(address));
    HttpRequest asked{.url = std::move(url)};
    asked.limits = search_limits();
    asked.accepted = {"application/json"};
    const SearchService service{
        .name = "MediaWiki at " + base,
        .access_remedy =
            "wikis refuse programs that cannot be reached: put your address into "
            "network.user_agent"};
    auto fetching = fetcher_.fetch(std::move(asked), context.stop);
    auto response = co_await std::move(fetching);
    if (!response) co_return std::unexpected(unreached_error(service, std::move(response).error()));
    co_return read_mediawiki_reply(service, *response,
                                   {.base = base, .results_max = request.results_max});
  }

 private:
  std::string base_for(const SearchRequest& request) const {
    if (!base_url_.empty()) return base_url_;
    std::string language = wiki_language(request.language);
    if (language.empty()) language = language_of(request.query) == Language::Chinese ? "zh" : "en";
    return fmt::format("https://{}.wikipedia.org/w", language);
  }

  Fetcher& fetcher_;
  std::string base_url_;
};

}  // namespace

// Pages are named by their number: the address then needs no escaping of titles.
SearchResults read_mediawiki_reply(const SearchService& service, const HttpResponse& response,
                                   const WikiReply& asked) {
  MUAI_TRY(const json::value answer, json_reply(service, response));
  if (const std::optional<Error> refusal = refusal_of(service, response, answer))
    return std::unexpected(*refusal);
  const json::array* hits = find_list(answer, {"query", "search"});
  if (!hits)
    return std::unexpected(
        search_error(service, SearchTrouble::Unreadable, {.said = "it has no list query.search"}));
  ResultList results(asked.results_max);
  for (const json::value& hit : *hits) {
    if (results.is_full()) break;
    const json::object* object = hit.if_object();
    const json::value* id = object ? object->if_contains("pageid") : nullptr;
    if (!id || !id->is_int64()) continue;
    results.add(string_member(*object, "title"),
                fmt::format("{}/index.php?curid={}", asked.base, id->get_int64()),
                string_member(*object, "snippet"));
  }
  return std::move(results).take();
}

Result<std::unique_ptr<SearchProvider>> make_mediawiki_provider(Fetcher& fetcher,
                                                                std::string base_url) {
  if (!base_url.empty())
    MUAI_TRY_VOID(
        provider_base(base_url, {.kind = "mediawiki", .example = "https://wiki.example/w"}));
  return std::make_unique<MediaWikiProvider>(fetcher, std::move(base_url));
}

}  // namespace muai
