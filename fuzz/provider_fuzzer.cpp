// Any bytes as the answer of every search service, under every status: results of the web in one
// shape, or a typed error without the key.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "muai/core/check.h"
#include "muai/net/url.h"
#include "muai/text/utf8.h"
#include "tool/provider_replies.h"

namespace {

constexpr std::string_view kKey = "fuzz-key-0123456789";
constexpr std::size_t kResultsMax = 5;
constexpr int kStatuses[] = {200, 202, 401, 403, 404, 418, 422, 429, 432, 500, 503};

void check(const muai::SearchResults& results) {
  if (!results) {
    MUAI_CHECK(!results.error().message().empty());
    MUAI_CHECK(muai::is_valid_utf8(results.error().message()));
    MUAI_CHECK(results.error().message().find(kKey) == std::string::npos);
    return;
  }
  MUAI_CHECK(results->size() <= kResultsMax);
  for (const muai::SearchResult& result : *results) {
    const auto url = muai::Url::parse(result.url);
    MUAI_CHECK(url && (url->scheme() == "https" || url->scheme() == "http"));
    MUAI_CHECK(muai::is_valid_utf8(result.title) && muai::is_valid_utf8(result.snippet));
    MUAI_CHECK(result.snippet.find('\n') == std::string::npos);
  }
}

}  // namespace

namespace {

void read_all(const muai::HttpResponse& response) {
  static const muai::SearchService service{
      .name = "S",
      .access_remedy = "do this",
      .key = {.value = std::string(kKey), .place = "the variable KEY"}};
  check(muai::read_brave_reply(service, response, kResultsMax));
  check(muai::read_tavily_reply(service, response, kResultsMax));
  check(muai::read_searxng_reply(service, response, kResultsMax));
  check(muai::read_mediawiki_reply(service, response,
                                   {.base = "https://wiki.example/w", .results_max = kResultsMax}));
  check(muai::read_duckduckgo_reply(service, response, kResultsMax));
}

}  // namespace

// The bytes are the body of a success, and once more with a status that the first byte chooses;
// under 429, what stands before a line feed is a header of limits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  static const muai::Url kUrl = *muai::Url::parse("https://search.example/");
  std::string_view input(reinterpret_cast<const char*>(bytes), size);
  muai::HttpResponse response{.final_url = kUrl};
  response.status = 200;
  response.body = std::string(input);
  read_all(response);
  response.status = kStatuses[bytes[0] % std::size(kStatuses)];
  if (response.status == 429) {
    const std::string header(input.substr(0, input.find('\n')));
    response.headers.add({"X-RateLimit-Remaining", header});
    response.headers.add({"X-RateLimit-Reset", header});
    input.remove_prefix(std::min(header.size() + 1, input.size()));
    response.body = std::string(input);
  }
  read_all(response);
  return 0;
}
