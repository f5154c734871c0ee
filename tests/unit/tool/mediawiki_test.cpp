#include "muai/tool/mediawiki.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/tool_site.h"

namespace muai {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::json_answer;
using testing::recorded;
using testing::ToolSite;
using testing::typed_answer;

constexpr std::string_view kNothing = R"({"query":{"search":[]}})";

class MediaWiki : public ::testing::Test {
 protected:
  std::unique_ptr<SearchProvider> provider(std::string base = "") {
    return make_mediawiki_provider(*site_.fetcher, std::move(base)).value();
  }
  // What one search over this answer gives.
  Result<std::vector<SearchResult>> search(testing::FakeAnswer answer, SearchRequest request) {
    site_.net.set_default(std::move(answer));
    return site_.search(*provider(), std::move(request));
  }
  Error error_of(testing::FakeAnswer answer) {
    const auto results = search(std::move(answer), {.query = "x"});
    return results ? Error(ErrorCode::Contract, "no error") : results.error();
  }

  ToolSite site_;
};

TEST_F(MediaWiki, AsksWikipediaInTheLanguageOfTheQuestion) {
  ASSERT_TRUE(search(json_answer(std::string(kNothing)), {.query = "光合 & 作用?"}));
  const auto& seen = site_.only_request();
  EXPECT_EQ(seen.method, "GET");
  EXPECT_EQ(seen.url.href(),
            "https://zh.wikipedia.org/w/api.php?action=query&list=search"
            "&srsearch=%E5%85%89%E5%90%88%20%26%20%E4%BD%9C%E7%94%A8%3F"
            "&srlimit=5&format=json&formatversion=2&maxlag=5");
  EXPECT_EQ(seen.headers.find("Accept"), "application/json");
}

TEST_F(MediaWiki, NamesTheHostThatWouldLearnTheQuestion) {
  const auto wiki = provider();
  EXPECT_EQ(wiki->host_for({.query = "why is the sky blue"}), "en.wikipedia.org");
  EXPECT_EQ(wiki->host_for({.query = "天空为什么是蓝色的"}), "zh.wikipedia.org");
  EXPECT_EQ(wiki->host_for({.query = "sky", .language = "zh"}), "zh.wikipedia.org");
  EXPECT_EQ(wiki->host_for({.query = "sky", .language = "zh-CN"}), "zh.wikipedia.org");
  EXPECT_EQ(wiki->host_for({.query = "sky", .language = "DE"}), "de.wikipedia.org");
  EXPECT_EQ(provider("https://wiki.example/w/")->host_for({.query = "sky"}), "wiki.example");
}

TEST_F(MediaWiki, ALanguageCannotNameAnotherHost) {
  // The language "evil.example/" sent the question to evil.example.
  for (const std::string language :
       {"evil.example/", "evil.example#", "a@evil.example/", "e", "en.", "中文", "-", ""}) {
    EXPECT_EQ(provider()->host_for({.query = "sky", .language = language}), "en.wikipedia.org")
        << language;
  }
}

TEST_F(MediaWiki, GivesTitlesAddressesAndPlainSnippets) {
  const auto results = search(json_answer(R"({"query":{"search":[
        {"ns":0,"title":"Photosynthesis","pageid":24544,
         "snippet":"<span class=\"searchmatch\">Light</span> &amp; life &quot;now&quot; &amp;lt;"},
        {"title":"No number"}, 7,
        {"title":"光合作用","pageid":2,"snippet":""}]}})"),
                              {.query = "x"});
  ASSERT_TRUE(results) << results.error().message();
  EXPECT_THAT(*results,
              ElementsAre(SearchResult{.title = "Photosynthesis",
                                       .url = "https://en.wikipedia.org/w/index.php?curid=24544",
                                       .snippet = "Light & life \"now\" &lt;"},
                          SearchResult{.title = "光合作用",
                                       .url = "https://en.wikipedia.org/w/index.php?curid=2",
                                       .snippet = ""}));
}

TEST_F(MediaWiki, GivesAtMostWhatWasAskedFor) {
  // A wiki that ignores srlimit gave all of its results.
  const auto results =
      search(json_answer(R"({"query":{"search":[{"pageid":1},{"pageid":2},{"pageid":3}]}})"),
             {.query = "x", .results_max = 2});
  EXPECT_EQ(results->size(), 2U);
}

TEST_F(MediaWiki, NothingFoundIsAnAnswer) {
  EXPECT_THAT(search(json_answer(std::string(kNothing)), {.query = "x"}).value(), IsEmpty());
}

TEST_F(MediaWiki, AWikiOfOnesOwnIsAskedAtItsAddress) {
  site_.net.set_default(json_answer(R"({"query":{"search":[{"title":"T","pageid":1}]}})"));
  const auto results = site_.search(*provider("https://wiki.example/w//"), {.query = "天"});
  ASSERT_TRUE(results) << results.error().message();
  EXPECT_EQ(results->at(0).url, "https://wiki.example/w/index.php?curid=1");
  EXPECT_TRUE(site_.only_request().url.href().starts_with("https://wiki.example/w/api.php?"));
}

TEST_F(MediaWiki, ErrorsAreTypedByRemedy) {
  const Error refused = error_of(typed_answer("text/html", "<p>no</p>", 403));
  EXPECT_EQ(refused.code(), ErrorCode::InvalidConfig);
  EXPECT_THAT(refused.message(), AllOf(HasSubstr("HTTP 403"), HasSubstr("network.user_agent")));
  EXPECT_EQ(error_of(json_answer("{}", 500)).code(), ErrorCode::Upstream);
  EXPECT_EQ(error_of(json_answer("{\"query\":", 200)).code(), ErrorCode::Upstream);
  EXPECT_THAT(error_of(json_answer("{\"query\":")).message(),
              AllOf(HasSubstr("https://en.wikipedia.org/w"), HasSubstr("broken JSON")));
  for (const std::string odd : {"{}", "[]", R"({"query":[]})", R"({"query":{"search":{}}})"})
    EXPECT_EQ(error_of(json_answer(odd)).code(), ErrorCode::Upstream) << odd;
}

TEST_F(MediaWiki, AWikiThatAsksToWaitSaysForHowLong) {
  testing::FakeAnswer busy = typed_answer("text/html", "busy", 429);
  busy.headers.add({"Retry-After", "17"});
  const Error error = error_of(busy);
  EXPECT_EQ(error.code(), ErrorCode::Upstream);
  EXPECT_DOUBLE_EQ(error.retry_after_s(), 17);
}

TEST_F(MediaWiki, TheWikisOwnErrorsAreNamed) {
  const Error lag = error_of(
      json_answer(R"({"error":{"code":"maxlag","info":"Waiting for a database: 6 s lagged"}})"));
  EXPECT_EQ(lag.code(), ErrorCode::Upstream);
  EXPECT_THAT(lag.message(), AllOf(HasSubstr("maxlag"), HasSubstr("6 s lagged")));
  EXPECT_EQ(error_of(json_answer(R"({"error":"odd"})")).code(), ErrorCode::Upstream);
  EXPECT_EQ(error_of(json_answer(R"({"errors":[{"code":"ratelimited","text":"slowly"}]})")).code(),
            ErrorCode::Upstream);
}

TEST_F(MediaWiki, ALaggingWikiSaysForHowLong) {
  testing::FakeAnswer lagging = json_answer(recorded("mediawiki_maxlag.json"));
  EXPECT_DOUBLE_EQ(error_of(lagging).retry_after_s(), 7.2);
  lagging.headers.add({"Retry-After", "5"});
  EXPECT_DOUBLE_EQ(error_of(lagging).retry_after_s(), 5);
  EXPECT_DOUBLE_EQ(error_of(json_answer(recorded("mediawiki_ratelimited.json"))).retry_after_s(),
                   5);
}

TEST_F(MediaWiki, AnAddressWithoutASearchIsAnErrorOfTheConfiguration) {
  for (const std::string name : {"mediawiki_unknown_action.json", "mediawiki_no_search.json"})
    EXPECT_EQ(error_of(json_answer(recorded(name))).code(), ErrorCode::InvalidConfig) << name;
  EXPECT_EQ(error_of(typed_answer("text/html", "no", 404)).code(), ErrorCode::InvalidConfig);
  // A wiki for its members only was said to stand at the wrong address.
  EXPECT_THAT(error_of(json_answer(recorded("mediawiki_no_search.json"))).message(),
              HasSubstr("does not search for us"));
}

TEST_F(MediaWiki, GivesTheResultsOfARealAnswer) {
  EXPECT_THAT(search(json_answer(recorded("mediawiki_search.json")), {.query = "tide"}).value(),
              ElementsAre(SearchResult{.title = "Tide",
                                       .url = "https://en.wikipedia.org/w/index.php?curid=30718",
                                       .snippet = "Tides are the rise & fall of sea levels"},
                          SearchResult{.title = "Tidal force",
                                       .url = "https://en.wikipedia.org/w/index.php?curid=83218",
                                       .snippet = "gravity \"stretches\" a body"}));
}

TEST_F(MediaWiki, AMalformedAddressIsAnErrorOfTheConfiguration) {
  for (const std::string base : {"wiki.example", "kb://notes", "http://", "mailto:b.example"}) {
    const auto made = make_mediawiki_provider(*site_.fetcher, base);
    ASSERT_FALSE(made) << base;
    EXPECT_EQ(made.error().code(), ErrorCode::InvalidConfig);
    EXPECT_THAT(made.error().message(), HasSubstr(base));
  }
}

}  // namespace
}  // namespace muai
