#include "muai/tool/searxng.h"

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

class Searxng : public ::testing::Test {
 protected:
  std::unique_ptr<SearchProvider> provider(std::string base = "http://127.0.0.1:8888") {
    return make_searxng_provider(*site_.fetcher, std::move(base)).value();
  }
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

TEST_F(Searxng, AsksThePrivateServerThatTheOperatorNamed) {
  ASSERT_TRUE(search(json_answer(R"({"results":[]})"), {.query = "光 & b=c", .language = "zh-CN"}));
  EXPECT_EQ(site_.only_request().url.href(),
            "http://127.0.0.1:8888/search?q=%E5%85%89%20%26%20b%3Dc&format=json&language=zh-CN");
  EXPECT_EQ(site_.only_request().headers.find("Accept"), "application/json");
  EXPECT_EQ(provider("https://search.example/sx/")->host_for({}), "search.example");
}

TEST_F(Searxng, ALanguageStaysWithinItsMember) {
  ASSERT_TRUE(search(json_answer(R"({"results":[]})"), {.query = "x", .language = "a&b=#/"}));
  EXPECT_EQ(site_.only_request().url.href(),
            "http://127.0.0.1:8888/search?q=x&format=json&language=a%26b%3D%23%2F");
}

TEST_F(Searxng, AServerBelowAPathIsAskedThere) {
  site_.net.set_default(json_answer(R"({"results":[]})"));
  ASSERT_TRUE(site_.search(*provider("https://search.example/sx//"), {.query = "x"}));
  EXPECT_EQ(site_.only_request().url.href(), "https://search.example/sx/search?q=x&format=json");
}

TEST_F(Searxng, GivesResultsInTheirOrderUpToTheNumberAskedFor) {
  const auto results = search(json_answer(R"({"results":[
      {"title":"A","url":"https://a.example/1","content":"one","engine":"x"},
      {"title":"B","url":"http://b.example/","content":null},
      {"title":"C","url":"https://c.example/"}]})"),
                              {.query = "x", .results_max = 2});
  ASSERT_TRUE(results) << results.error().message();
  EXPECT_THAT(
      *results,
      ElementsAre(SearchResult{.title = "A", .url = "https://a.example/1", .snippet = "one"},
                  SearchResult{.title = "B", .url = "http://b.example/", .snippet = ""}));
}

TEST_F(Searxng, ResultsThatAreNoWebAddressesAreDropped) {
  // "https://" alone, which is no address, was a result.
  const auto results = search(json_answer(R"({"results":[
      {"title":"1","url":"kb://notes/secret.md"}, {"title":"2","url":"file:///etc/passwd"},
      {"title":"3","url":"javascript:void"}, {"title":"4","url":"https://"},
      {"title":"5"}, {"title":"6","url":7}, "7", {"title":"8","url":"/relative"},
      {"title":"good","url":"https://a.example/"}]
})"),
                              {.query = "x", .results_max = 1});
  ASSERT_TRUE(results) << results.error().message();
  ASSERT_EQ(results->size(), 1U);
  EXPECT_EQ(results->at(0).title, "good");
}

TEST_F(Searxng, NothingFoundIsAnAnswer) {
  EXPECT_THAT(search(json_answer(R"({"results":[]})"), {.query = "x"}).value(), IsEmpty());
}

TEST_F(Searxng, EnginesThatDoNotAnswerAreNoAnswer) {
  const Error error = error_of(json_answer(recorded("searxng_engines_silent.json")));
  EXPECT_EQ(error.code(), ErrorCode::Upstream);
  EXPECT_THAT(error.message(), HasSubstr("duckduckgo: CAPTCHA, google: Suspended"));
  const auto some = search(json_answer(recorded("searxng_search.json")), {.query = "x"});
  ASSERT_TRUE(some) << some.error().message();
  EXPECT_THAT(*some, ElementsAre(SearchResult{.title = "Tides",
                                              .url = "https://sea.example/tides",
                                              .snippet = "The Moon pulls the water."},
                                 SearchResult{.title = "Coast",
                                              .url = "https://coast.example/",
                                              .snippet = "Where the land ends."}));
}

TEST_F(Searxng, WithoutAnAddressItSaysWhichSettingIsMissing) {
  const auto made = make_searxng_provider(*site_.fetcher, "");
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message(), HasSubstr("it has no url; name your server, like http://"));
}

TEST_F(Searxng, AServerWithoutJsonIsToldHowToAllowIt) {
  const Error error = error_of(typed_answer("text/html", "<p>Forbidden</p>", 403));
  EXPECT_EQ(error.code(), ErrorCode::InvalidConfig);
  EXPECT_THAT(error.message(), AllOf(HasSubstr("http://127.0.0.1:8888"), HasSubstr("HTTP 403"),
                                     HasSubstr("search.formats")));
}

TEST_F(Searxng, ErrorsAreTypedByRemedy) {
  testing::FakeAnswer busy = typed_answer("text/html", "busy", 429);
  busy.headers.add({"Retry-After", "3"});
  EXPECT_DOUBLE_EQ(error_of(busy).retry_after_s(), 3);
  EXPECT_EQ(error_of(json_answer("{}", 502)).code(), ErrorCode::Upstream);
  EXPECT_THAT(error_of(json_answer("<html>")).message(), HasSubstr("broken JSON"));
  for (const std::string odd : {"{}", "[]", R"({"results":{}})", "null"})
    EXPECT_EQ(error_of(json_answer(odd)).code(), ErrorCode::Upstream) << odd;
  site_.net.fail_operation(1, ErrorCode::Network);
  EXPECT_EQ(error_of(json_answer("{}")).code(), ErrorCode::Network);
}

TEST_F(Searxng, AMalformedOrMissingAddressIsAnErrorOfTheConfiguration) {
  for (const std::string base : {"", "127.0.0.1:8888", "ftp://search.example/", "http://"}) {
    const auto made = make_searxng_provider(*site_.fetcher, base);
    ASSERT_FALSE(made) << base;
    EXPECT_EQ(made.error().code(), ErrorCode::InvalidConfig);
  }
}

}  // namespace
}  // namespace muai
