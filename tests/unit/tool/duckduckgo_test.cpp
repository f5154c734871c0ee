#include "muai/tool/duckduckgo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/tool_site.h"

namespace muai {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::recorded;
using testing::ToolSite;
using testing::typed_answer;

testing::FakeAnswer page(const std::string& name, int status = 200) {
  return typed_answer("text/html; charset=UTF-8", recorded(name), status);
}

struct DuckDuckGo : ::testing::Test {
  std::unique_ptr<SearchProvider> provider(double blocked_until_s = 0) {
    return make_duckduckgo_provider(
               *site.fetcher, {.blocked_until_s = blocked_until_s,
                               .on_blocked = [this](double until) { blocks.push_back(until); }})
        .value();
  }
  Result<std::vector<SearchResult>> search(testing::FakeAnswer answer, SearchRequest request) {
    site.net.set_default(std::move(answer));
    return site.search(*provider(), std::move(request));
  }

  ToolSite site;
  std::vector<double> blocks;
};

TEST_F(DuckDuckGo, AsksUnderOurOwnName) {
  ASSERT_TRUE(search(page("duckduckgo_results.html"), {.query = "潮 & b", .language = "zh-TW"}));
  const auto& seen = site.only_request();
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.url.href(), "https://html.duckduckgo.com/html/");
  EXPECT_EQ(seen.body, "q=%E6%BD%AE%20%26%20b&b=&kl=tw-tzh");
  EXPECT_EQ(seen.headers.find("User-Agent"), "MuAI/0.1");
}

TEST_F(DuckDuckGo, ResultsLeadToTheirPagesAndAdvertisementsAreLeftOut) {
  EXPECT_THAT(
      search(page("duckduckgo_results.html"), {.query = "x"}).value(),
      ElementsAre(
          SearchResult{.title = "Tides & the Moon",
                       .url = "https://sea.example/tides?a=1&b=2",
                       .snippet = "The Moon pulls the water's near side – and the far side."},
          SearchResult{.title = "潮汐",
                       .url = "https://zh.sea.example/%E6%BD%AE%E6%B1%90",
                       .snippet = "月球引力使海水上涨。"},
          SearchResult{.title = "Direct", .url = "https://direct.example/page", .snippet = ""}));
}

TEST_F(DuckDuckGo, NothingFoundIsAnAnswerAndAnotherPageIsNot) {
  EXPECT_THAT(search(page("duckduckgo_nothing.html"), {.query = "x"}).value(), IsEmpty());
  const auto other = search(typed_answer("text/html", "<p>Something else</p>"), {.query = "x"});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), ErrorCode::Upstream);
}

TEST_F(DuckDuckGo, TwoQuestionsAreTwoSecondsApart) {
  site.net.set_default(page("duckduckgo_results.html"));
  const auto duck = provider();
  ASSERT_TRUE(site.search(*duck, {.query = "a"}));
  ASSERT_TRUE(site.search(*duck, {.query = "b"}));
  ASSERT_EQ(site.net.seen().size(), 2U);
  EXPECT_GE(site.net.seen()[1].at - site.net.seen()[0].at, std::chrono::seconds{2});
}

TEST_F(DuckDuckGo, AfterAChallengeItIsLeftAloneForAnHour) {
  for (const int status : {202, 200, 418, 403}) {
    blocks.clear();
    site.net.set_default(page("duckduckgo_challenge.html", status));
    const std::size_t before = site.net.seen().size();
    const auto duck = provider();
    for (int i = 0; i < 3; ++i) {
      const auto refused = site.search(*duck, {.query = "x"});
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code(), ErrorCode::Refused) << status;
      EXPECT_GT(refused.error().retry_after_s(), 3500);
      EXPECT_THAT(refused.error().message(), HasSubstr("unwanted robot"));
    }
    EXPECT_EQ(site.net.seen().size(), before + 1);
    ASSERT_EQ(blocks.size(), 1U);
    EXPECT_NEAR(blocks[0], site.loop.unix_seconds() + 3600, 10);
  }
}

TEST_F(DuckDuckGo, ABlockOfAnEarlierProcessHoldsAndEnds) {
  site.net.set_default(page("duckduckgo_results.html"));
  const double now = site.loop.unix_seconds();
  EXPECT_FALSE(site.search(*provider(now + 60), {.query = "x"}));
  EXPECT_THAT(site.net.seen(), IsEmpty());
  EXPECT_TRUE(site.search(*provider(now - 60), {.query = "x"}));
  EXPECT_FALSE(site.search(*provider(now + 3600.4), {.query = "x"}));
  // A clock that was wrong then must not block for ever.
  EXPECT_TRUE(site.search(*provider(now + 1e9), {.query = "x"}));
}

TEST_F(DuckDuckGo, HostilePagesAreReadInLinearTimeAndWithoutResults) {
  std::string open, links, snippets;
  for (int i = 0; i < 200'000; ++i) open += "<a";
  for (int i = 0; i < 30'000; ++i) links += "<a class='result__a' href=//duckduckgo.com/l/?uddg=>";
  for (int i = 0; i < 30'000; ++i) snippets += "<a class=result__snippet><!--";
  for (const std::string& hostile : {open, links, snippets, std::string(1 << 20, '<')}) {
    const auto results = search(typed_answer("text/html", hostile), {.query = "x"});
    ASSERT_FALSE(results);
    EXPECT_EQ(results.error().code(), ErrorCode::Upstream);
  }
}

}  // namespace
}  // namespace muai
