#include "muai/tool/mediawiki.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "muai/net/fetcher.h"
#include "muai/net/url.h"
#include "muai/text/language.h"
#include "tool/json_request.h"

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::size_t kResultsMax = 50;
constexpr std::size_t kLanguageBytesMax = 12;

// The wiki's name for a language: "zh" for "zh-CN". Empty when it is no language, which must never
// become part of a host's name.
std::string wiki_language(std::string_view language) {
  std::string name(language.substr(0, language.find_first_of("-_")));
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const bool letters =
      std::all_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  return letters && name.size() >= 2 && name.size() <= kLanguageBytesMax ? name : std::string();
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
    auto asking = request_json(fetcher_, HttpRequest{.url = std::move(url)}, "MediaWiki at " + base,
                               context.stop);
    auto answer = co_await std::move(asking);
    if (!answer) co_return pass(std::move(answer));
    co_return results_of(*answer, base, request.results_max);
  }

 private:
  std::string base_for(const SearchRequest& request) const {
    if (!base_url_.empty()) return base_url_;
    std::string language = wiki_language(request.language);
    if (language.empty()) language = language_of(request.query) == Language::Chinese ? "zh" : "en";
    return fmt::format("https://{}.wikipedia.org/w", language);
  }

  // Pages are named by their number: the address then needs no escaping of titles.
  static Result<std::vector<SearchResult>> results_of(const json::value& answer,
                                                      const std::string& base,
                                                      std::size_t results_max) {
    const json::object* top = answer.if_object();
    if (top && top->contains("error")) return service_error(top->at("error"));
    const json::value* query = top ? top->if_contains("query") : nullptr;
    const json::value* hits =
        query && query->is_object() ? query->get_object().if_contains("search") : nullptr;
    if (!hits || !hits->is_array())
      return fail(ErrorCode::Upstream, "MediaWiki's answer has no list query.search");
    std::vector<SearchResult> results;
    for (const json::value& hit : hits->get_array()) {
      if (results.size() == results_max) break;
      const json::object* object = hit.if_object();
      const json::value* id = object ? object->if_contains("pageid") : nullptr;
      if (!id || !id->is_int64()) continue;
      results.push_back({.title = string_member(*object, "title"),
                         .url = fmt::format("{}/index.php?curid={}", base, id->get_int64()),
                         .snippet = plain_snippet(string_member(*object, "snippet"))});
    }
    return results;
  }

  static std::unexpected<Error> service_error(const json::value& error) {
    const json::object* object = error.if_object();
    const std::string code = object ? string_member(*object, "code") : std::string();
    const std::string text = object ? string_member(*object, "info") : std::string();
    return fail(ErrorCode::Upstream,
                fmt::format("MediaWiki refused the search: {} ({})", text, code));
  }

  Fetcher& fetcher_;
  std::string base_url_;
};

}  // namespace

Result<std::unique_ptr<SearchProvider>> make_mediawiki_provider(Fetcher& fetcher,
                                                                std::string base_url) {
  if (!base_url.empty()) {
    const Result<Url> url = Url::parse(base_url);
    if (!url || !url->is_special())
      return fail(ErrorCode::InvalidConfig,
                  fmt::format("search provider mediawiki: '{}' is no address like "
                              "https://wiki.example/w",
                              base_url));
  }
  return std::make_unique<MediaWikiProvider>(fetcher, std::move(base_url));
}

}  // namespace muai
