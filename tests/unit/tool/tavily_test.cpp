#include "muai/tool/tavily.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "muai/text/utf8.h"
#include "tests/support/tool_site.h"

namespace muai {
namespace {

namespace json = boost::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::json_answer;
using testing::recorded;
using ::testing::StartsWith;
using testing::ToolSite;

struct Tavily : ::testing::Test {
  std::unique_ptr<SearchProvider> provider(std::string key = "tvly-1234567890") {
    return make_tavily_provider(*site.fetcher,
                                {.value = std::move(key), .place = "the file /etc/muai/tavily.key"})
        .value();
  }
  Result<std::vector<SearchResult>> search(testing::FakeAnswer answer, SearchRequest request) {
    site.net.set_default(std::move(answer));
    return site.search(*provider(), std::move(request));
  }
  Error error_of(testing::FakeAnswer answer) {
    const auto results = search(std::move(answer), {.query = "x"});
    return results ? Error(ErrorCode::Contract, "no error") : results.error();
  }

  ToolSite site;
};

TEST_F(Tavily, PostsTheQuestionWithTheKey) {
  ASSERT_TRUE(search(json_answer(recorded("tavily_search.json")),
                     {.query = "why \"do\" tides rise", .results_max = 7}));
  const auto& seen = site.only_request();
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.url.href(), "https://api.tavily.com/search");
  EXPECT_EQ(seen.headers.find("Authorization"), "Bearer tvly-1234567890");
  EXPECT_EQ(seen.headers.find("Content-Type"), "application/json");
  EXPECT_EQ(json::parse(seen.body), json::parse(R"({"query":"why \"do\" tides rise",
      "search_depth":"basic","max_results":7})"));
}

TEST_F(Tavily, QuestionsAreCutToFourHundredCharacters) {
  std::string query;
  for (int i = 0; i < 500; ++i) query += "潮";
  ASSERT_TRUE(search(json_answer(recorded("tavily_search.json")), {.query = query}));
  const std::string sent(json::parse(site.only_request().body).at("query").as_string());
  EXPECT_EQ(count_code_points(sent), 400U);
}

TEST_F(Tavily, GivesResults) {
  EXPECT_THAT(
      search(json_answer(recorded("tavily_search.json")), {.query = "x"}).value(),
      ElementsAre(
          SearchResult{.title = "Tides and the Moon",
                       .url = "https://sea.example/tides",
                       .snippet = "The Moon pulls the water's near side more than the Earth."},
          SearchResult{.title = "Coast", .url = "https://coast.example/", .snippet = ""}));
}

TEST_F(Tavily, ErrorsAreTypedByRemedy) {
  const Error key = error_of(json_answer(recorded("tavily_unauthorized.json"), 401));
  EXPECT_EQ(key.code(), ErrorCode::InvalidConfig);
  EXPECT_THAT(key.message(), AllOf(HasSubstr("the file /etc/muai/tavily.key"),
                                   HasSubstr("missing or invalid API key")));
  for (const auto& [file, status] :
       {std::pair{"tavily_plan_limit.json", 432}, {"tavily_paygo_limit.json", 433}}) {
    const Error quota = error_of(json_answer(recorded(file), status));
    EXPECT_EQ(quota.code(), ErrorCode::Refused);
    EXPECT_THAT(quota.message(), AllOf(HasSubstr("no searches left"), HasSubstr("limit")));
  }
  EXPECT_EQ(error_of(json_answer(recorded("tavily_query_too_long.json"), 400)).code(),
            ErrorCode::InvalidInput);
  EXPECT_EQ(error_of(json_answer("{}", 500)).code(), ErrorCode::Upstream);
  site.net.fail_operation(1, ErrorCode::Network);
  const Error gone = error_of(json_answer("{}"));
  EXPECT_EQ(gone.code(), ErrorCode::Network);
  EXPECT_THAT(gone.message(), StartsWith("Tavily at "));
  EXPECT_THAT(gone.message(), HasSubstr("correct its url under search.providers"));
  testing::FakeAnswer rate = json_answer(recorded("tavily_rate.json"), 429);
  rate.headers.add({"Retry-After", "12"});
  const Error busy = error_of(rate);
  EXPECT_EQ(busy.code(), ErrorCode::Upstream);
  EXPECT_DOUBLE_EQ(busy.retry_after_s(), 12);
}

TEST_F(Tavily, AfterRetryAfterItIsLeftAloneForAsLong) {
  testing::FakeAnswer rate = json_answer(recorded("tavily_rate.json"), 429);
  rate.headers.add({"Retry-After", "30"});
  site.net.set_default(rate);
  const auto tavily = provider();
  ASSERT_FALSE(site.search(*tavily, {.query = "x"}));
  const auto again = site.search(*tavily, {.query = "x"});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::Refused);
  EXPECT_GT(again.error().retry_after_s(), 25);
  EXPECT_EQ(site.net.seen().size(), 1U);
}

TEST_F(Tavily, WithoutAKeyNothingIsSent) {
  const auto results = site.search(*provider(""), {.query = "x"});
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().code(), ErrorCode::InvalidConfig);
  EXPECT_THAT(results.error().message(), HasSubstr("https://app.tavily.com"));
  EXPECT_THAT(site.net.seen(), IsEmpty());
}

}  // namespace
}  // namespace muai
