#include "muai/tool/brave.h"

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
using ::testing::Not;
using testing::recorded;
using testing::ToolSite;

constexpr std::string_view kKey = "BSA-0123456789abcdef";

struct Brave : ::testing::Test {
  std::unique_ptr<SearchProvider> provider(std::string_view key = kKey, std::string base = "") {
    return make_brave_provider(*site.fetcher,
                               {.value = std::string(key), .place = "the variable BRAVE_API_KEY"},
                               std::move(base))
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

TEST_F(Brave, SendsTheKeyToItsOriginAndNowhereElse) {
  ASSERT_TRUE(search(json_answer(recorded("brave_nothing.json")),
                     {.query = "why & how?", .results_max = 50, .language = "en"}));
  const auto& seen = site.only_request();
  EXPECT_EQ(seen.url.href(),
            "https://api.search.brave.com/res/v1/web/search?q=why%20%26%20how%3F&count=20"
            "&result_filter=web&text_decorations=false&search_lang=en");
  EXPECT_EQ(seen.headers.find("X-Subscription-Token"), kKey);
  EXPECT_EQ(seen.headers.find("Accept"), "application/json");
  site.net.set_default(testing::typed_answer("text/html", "<p>page</p>"));
  ASSERT_TRUE(site.get("https://a.example/"));
  EXPECT_FALSE(site.net.seen().back().headers.find("X-Subscription-Token"));
}

TEST_F(Brave, AsksForChineseInItsOwnNames) {
  for (const auto& [language, wanted] :
       {std::pair{"zh-TW", "zh-hant"}, {"zh", "zh-hans"}, {"", "zh-hans"}}) {
    ASSERT_TRUE(search(json_answer(recorded("brave_nothing.json")),
                       {.query = "潮汐为什么会涨", .language = language}));
    EXPECT_THAT(site.net.seen().back().url.href(), HasSubstr(std::string("search_lang=") + wanted));
  }
}

TEST_F(Brave, LongQuestionsAreCutToWhatItTakes) {
  std::string query;
  for (int i = 0; i < 200; ++i) query += "word ";
  ASSERT_TRUE(search(json_answer(recorded("brave_nothing.json")), {.query = query}));
  const std::string_view asked = *site.only_request().url.query();
  EXPECT_LE(asked.substr(0, asked.find('&')).size(), 400 + 80 * 2);
}

TEST_F(Brave, GivesPlainTitlesAndSnippets) {
  const auto results =
      search(json_answer(recorded("brave_web.json")), {.query = "x", .results_max = 5});
  ASSERT_TRUE(results) << results.error().message();
  EXPECT_THAT(
      *results,
      ElementsAre(
          SearchResult{.title = "Tides & the Moon",
                       .url = "https://sea.example/tides?a=1&b=2",
                       .snippet = "The Moon pulls the water's near side more than the Earth."},
          SearchResult{.title = "潮汐",
                       .url = "https://zh.sea.example/%E6%BD%AE",
                       .snippet = "月球引力使海水上涨。"},
          SearchResult{.title = "A video", .url = "https://video.example/w/1", .snippet = ""}));
}

TEST_F(Brave, ASearchWithoutHitsHasNoMemberWeb) {
  EXPECT_THAT(search(json_answer(recorded("brave_nothing.json")), {.query = "x"}).value(),
              IsEmpty());
}

TEST_F(Brave, WithoutAKeyNothingIsSentAndTheVariableIsNamed) {
  const auto results = site.search(*provider(""), {.query = "x"});
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().code(), ErrorCode::InvalidConfig);
  EXPECT_THAT(results.error().message(), AllOf(HasSubstr("BRAVE_API_KEY"), HasSubstr("key_file")));
  EXPECT_THAT(site.net.seen(), IsEmpty());
  EXPECT_EQ(provider("")->host_for({.query = "x"}), "");
  EXPECT_EQ(provider()->host_for({.query = "x"}), "api.search.brave.com");
}

TEST_F(Brave, AWrongKeyIsAnErrorOfTheConfiguration) {
  // Brave says 422 for it, not 401.
  for (const auto& answer : {json_answer(recorded("brave_token_invalid.json"), 422),
                             json_answer(recorded("brave_token_missing.json"), 422),
                             json_answer("{}", 401), json_answer("", 403)}) {
    const Error error = error_of(answer);
    EXPECT_EQ(error.code(), ErrorCode::InvalidConfig) << error.message();
    EXPECT_THAT(error.message(), HasSubstr("the variable BRAVE_API_KEY"));
  }
}

TEST_F(Brave, AWrongFieldIsNotAboutTheKey) {
  // Asking again would change nothing.
  EXPECT_EQ(error_of(json_answer(recorded("brave_field_invalid.json"), 422)).code(),
            ErrorCode::InvalidInput);
}

TEST_F(Brave, AUsedUpSecondPassesAndAUsedUpMonthDoesNot) {
  testing::FakeAnswer answer = json_answer(recorded("brave_rate.json"), 429);
  answer.headers.add({"X-RateLimit-Remaining", "0, 1934"});
  answer.headers.add({"X-RateLimit-Reset", "1, 1419704"});
  const Error rate = error_of(answer);
  EXPECT_EQ(rate.code(), ErrorCode::Upstream);
  EXPECT_DOUBLE_EQ(rate.retry_after_s(), 1);
  answer.headers.set({"X-RateLimit-Remaining", "1, 0"});
  const Error quota = error_of(answer);
  EXPECT_EQ(quota.code(), ErrorCode::Refused);
  EXPECT_DOUBLE_EQ(quota.retry_after_s(), 1419704);
  EXPECT_THAT(quota.message(), HasSubstr("no searches left"));
}

TEST_F(Brave, ALimitWithoutNumbersIsARate) {
  for (const std::string odd : {"", "x", ",,", "1e999, -", "-5, -5"}) {
    testing::FakeAnswer answer = json_answer(recorded("brave_rate.json"), 429);
    answer.headers.add({"X-RateLimit-Remaining", odd});
    answer.headers.add({"X-RateLimit-Reset", odd});
    const Error error = error_of(answer);
    EXPECT_EQ(error.code(), ErrorCode::Upstream) << odd;
    EXPECT_GT(error.retry_after_s(), 0) << odd;
  }
}

TEST_F(Brave, AnAnswerThatRepeatsTheKeyDoesNotGetItIntoTheError) {
  const std::string body =
      R"({"error":{"detail":"token )" + std::string(kKey) + R"( is \u0007 unknown"}})";
  const Error error = error_of(json_answer(body, 403));
  EXPECT_THAT(error.message(), AllOf(Not(HasSubstr(std::string(kKey))), Not(HasSubstr("\a"))));
}

TEST_F(Brave, AKeyThatCannotStandInAHeaderIsRefusedWithoutShowingIt) {
  const auto made =
      make_brave_provider(*site.fetcher, {.value = "a\r\nX: b", .place = "the file k"});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), ErrorCode::InvalidConfig);
  EXPECT_THAT(made.error().message(), AllOf(HasSubstr("the file k"), Not(HasSubstr("X: b"))));
}

TEST_F(Brave, OddAnswersAreErrorsAndNotResults) {
  for (const std::string odd : {"{}", "[]", "null", "7", R"({"type":"search","web":7})",
                                R"({"web":{"results":{}}})", R"({"type":"ErrorResponse"})"})
    EXPECT_EQ(error_of(json_answer(odd)).code(), ErrorCode::Upstream) << odd;
  EXPECT_THAT(search(json_answer(R"({"web":{"results":[1,null,[],{},{"url":3}]}})"), {.query = "x"})
                  .value(),
              IsEmpty());
}

}  // namespace
}  // namespace muai
