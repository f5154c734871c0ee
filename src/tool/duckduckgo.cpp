// The page is read by one pass over its tags for the two classes that mark titles and snippets, so
// that nothing in it can cost more than its length; a challenge is looked for first.

#include "muai/tool/duckduckgo.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "document/html_scanner.h"
#include "muai/net/url.h"
#include "muai/text/utf8.h"
#include "tool/json_request.h"
#include "tool/provider_replies.h"

namespace muai {
namespace {

constexpr auto kGap = std::chrono::milliseconds{2000};
constexpr std::size_t kQueryPointsMax = 500;

std::string region_of(std::string_view language) {
  if (language == "zh-TW" || language == "zh-Hant") return "tw-tzh";
  if (language == "zh-HK") return "hk-tzh";
  if (language.starts_with("zh")) return "cn-zh";
  if (language.starts_with("en")) return "us-en";
  return "wt-wt";  // no region
}

bool has_class(std::string_view classes, std::string_view wanted) {
  for (std::size_t at = 0; at < classes.size();) {
    const std::size_t end = std::min(classes.find_first_of(" \t\n\r\f", at), classes.size());
    if (classes.substr(at, end - at) == wanted) return true;
    at = end + 1;
  }
  return false;
}

std::string_view attribute_of_tag(const RawTag& tag, std::string_view name) {
  for (const RawAttribute& attribute : tag.attributes)
    if (attribute.name == name) return attribute.value;
  return {};
}

// Bytes behind "%41"; a wrong escape stays as it is.
std::string percent_decoded(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char low = static_cast<char>(c | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    if (!escape) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
    i += 2;
  }
  return out;
}

// Where a result leads: the address itself, or the one in the member "uddg" of DuckDuckGo's
// redirect. Empty for its own pages, which advertisements lead to.
std::string target_of(std::string_view href) {
  const std::string plain = plain_snippet(href);
  const Result<Url> base = Url::parse(kDuckDuckGoUrl);
  const Result<Url> url = Url::parse(plain, *base);
  if (!url) return {};
  const std::string_view host = url->host();
  if (host != "duckduckgo.com" && !host.ends_with(".duckduckgo.com")) return plain;
  if (!url->path().starts_with("/l/")) return {};
  std::string_view query = url->query().value_or("");
  while (!query.empty()) {
    const std::string_view member = query.substr(0, query.find('&'));
    if (member.starts_with("uddg=")) return percent_decoded(member.substr(5));
    query.remove_prefix(std::min(member.size() + 1, query.size()));
  }
  return {};
}

// One pass over the page: each link of class result__a begins a result, and the element of class
// result__snippet after it is its snippet.
class ResultPage {
 public:
  ResultPage(std::string_view html, std::size_t results_max) : html_(html), list_(results_max) {}

  std::vector<SearchResult> read() && {
    RawTag tag;
    std::size_t at = 0;
    while (!list_.is_full()) {
      at = at == std::string_view::npos ? at : html_.find('<', at);
      if (at == std::string_view::npos) break;
      const char next = at + 1 < html_.size() ? html_[at + 1] : '\0';
      const bool letter = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
      if (next == '!' || next == '?') {
        at = skip_declaration(html_, at);
        continue;
      }
      if (!letter) {
        ++at;
        continue;
      }
      const std::size_t inside = read_tag(html_, at, tag);
      if (inside == std::string_view::npos) break;
      at = take(tag, inside);
    }
    keep();
    return std::move(list_).take();
  }

 private:
  // Returns where to go on.
  std::size_t take(const RawTag& tag, std::size_t inside) {
    const std::string_view classes = attribute_of_tag(tag, "class");
    const bool link = has_class(classes, "result__a");
    if (!link && !has_class(classes, "result__snippet")) return inside;
    const std::string end_tag = fmt::format("</{}", tag.name);
    const std::size_t end = std::min(html_.find(end_tag, inside), html_.size());
    const std::string_view text = html_.substr(inside, end - inside);
    if (link) {
      keep();
      title_ = text;
      url_ = target_of(attribute_of_tag(tag, "href"));
    } else {
      snippet_ = text;
    }
    return end;
  }

  void keep() {
    if (!url_.empty()) list_.add(title_, url_, snippet_);
    title_ = snippet_ = {};
    url_.clear();
  }

  std::string_view html_;
  ResultList list_;
  std::string_view title_;
  std::string_view snippet_;
  std::string url_;
};

// Its puzzle for robots comes with 202, sometimes with 200.
bool is_challenge(const HttpResponse& response) {
  if (response.status == 202 || response.status == 418 || response.status == 403) return true;
  const std::string_view page = response.body;
  return page.find("anomaly-modal") != std::string_view::npos ||
         page.find("id=\"challenge-form\"") != std::string_view::npos;
}

class DuckDuckGoProvider final : public SearchProvider {
 public:
  DuckDuckGoProvider(Fetcher& fetcher, Url base, DuckDuckGoOptions options)
      : fetcher_(fetcher),
        base_(std::move(base)),
        options_(std::move(options)),
        service_{.name = "DuckDuckGo at " + base_.display(),
                 .access_remedy = "it allows no programs: name another provider",
                 .key = {}},
        blocked_until_s_(options_.blocked_until_s) {}

  std::string_view name() const override { return "duckduckgo"; }
  std::string host_for(const SearchRequest&) const override { return std::string(base_.host()); }

  Task<Result<std::vector<SearchResult>>> search(SearchRequest request,
                                                 ToolContext context) const override {
    const double now = context.loop->unix_seconds();
    // Never much longer than one pause, whatever the clock did since. A minute more than the pause
    // is still one: clocks are set, and the time is kept in whole seconds.
    if (now < blocked_until_s_ && blocked_until_s_ <= now + kDuckDuckGoPauseSeconds + 60) {
      co_return std::unexpected(
          search_error(service_, SearchTrouble::Blocked,
                       {.said = "it showed a challenge", .retry_after_s = blocked_until_s_ - now}));
    }
    MUAI_CO_TRY(Url url, Url::parse(without_final_slashes(base_.href()) + "/html/"));
    HttpRequest asked{.url = std::move(url), .egress = Egress::Configured, .method = "POST"};
    asked.headers.add({"Content-Type", "application/x-www-form-urlencoded"});
    asked.body = fmt::format("q={}&b=&kl={}",
                             percent_encoded(shortened_query(request.query, kQueryPointsMax)),
                             region_of(request.language));
    asked.limits = search_limits();
    asked.accepted = {"text/html"};
    auto fetching = fetcher_.fetch(std::move(asked), context.stop);
    auto response = co_await std::move(fetching);
    if (!response)
      co_return std::unexpected(unreached_error(service_, std::move(response).error()));
    auto results = read_duckduckgo_reply(service_, *response, request.results_max);
    if (!results && results.error().code() == ErrorCode::Refused) {
      blocked_until_s_ = context.loop->unix_seconds() + kDuckDuckGoPauseSeconds;
      if (options_.on_blocked) options_.on_blocked(blocked_until_s_);
    }
    co_return results;
  }

 private:
  Fetcher& fetcher_;
  Url base_;
  DuckDuckGoOptions options_;
  SearchService service_;
  mutable double blocked_until_s_;  // loop thread only
};

}  // namespace

SearchResults read_duckduckgo_reply(const SearchService& service, const HttpResponse& response,
                                    std::size_t results_max) {
  if (is_challenge(response)) {
    const std::string said = fmt::format("HTTP {}, a challenge", response.status);
    return std::unexpected(
        search_error(service, SearchTrouble::Blocked,
                     {.said = said,
                      .retry_after_s = std::max(response.retry_after_s, kDuckDuckGoPauseSeconds)}));
  }
  if (response.status < 200 || response.status > 299)
    return std::unexpected(status_error(service, response));
  const std::string page = to_valid_utf8(response.body);
  std::vector<SearchResult> results = ResultPage(page, results_max).read();
  if (results.empty() && page.find("no-results") == std::string::npos)
    return std::unexpected(
        search_error(service, SearchTrouble::Unreadable, {.said = "no results and no note of it"}));
  return results;
}

Result<std::unique_ptr<SearchProvider>> make_duckduckgo_provider(Fetcher& fetcher,
                                                                 DuckDuckGoOptions options) {
  if (options.base_url.empty()) options.base_url = kDuckDuckGoUrl;
  MUAI_TRY(Url base,
           provider_base(options.base_url, {.kind = "duckduckgo", .example = kDuckDuckGoUrl}));
  MUAI_TRY_VOID(
      fetcher.add_origin({.url = base.href(), .pace = {.connections_max = 1, .gap = kGap}}));
  return std::make_unique<DuckDuckGoProvider>(fetcher, std::move(base), std::move(options));
}

}  // namespace muai
