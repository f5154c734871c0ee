#include "tool/search_reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "muai/text/utf8.h"

namespace muai {
namespace {

namespace json = boost::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(SearchReply, EveryTroubleHasItsCode) {
  const SearchService service{.name = "S", .access_remedy = "do this"};
  const auto code = [&](int status) {
    return search_error(service, trouble_of_status(status)).code();
  };
  for (const int status : {401, 403, 407, 404, 405, 410})
    EXPECT_EQ(code(status), ErrorCode::InvalidConfig) << status;
  for (const int status : {402, 432, 433, 418}) EXPECT_EQ(code(status), ErrorCode::Refused);
  for (const int status : {400, 413, 414, 422}) EXPECT_EQ(code(status), ErrorCode::InvalidInput);
  for (const int status : {429, 503, 500, 502, 302})
    EXPECT_EQ(code(status), ErrorCode::Upstream) << status;
  EXPECT_GT(search_error(service, SearchTrouble::Rate).retry_after_s(), 0);
  EXPECT_LT(search_error(service, SearchTrouble::Down).retry_after_s(), 0);
}

TEST(SearchReply, TheServicesWordsAreOneShortPrintableLineWithoutTheKey) {
  const SearchService service{.name = "S",
                              .access_remedy = "see {there}",
                              .key = {.value = "sec{ret", .place = "the file /a{}b"}};
  const Error error =
      search_error(service, SearchTrouble::Access,
                   {.said = "no sec{ret\x1b[31m\n" + std::string(5000, 'x') + "\xff{}"});
  EXPECT_THAT(error.message(), AllOf(Not(HasSubstr("sec{ret")), Not(HasSubstr("\x1b")),
                                     HasSubstr("[key]"), HasSubstr("the file /a{}b")));
  EXPECT_LT(error.message().size(), 400U);
  EXPECT_TRUE(is_valid_utf8(error.message()));
}

TEST(SearchReply, FindsTheWordsOfAnyServicesError) {
  const auto words = [](std::string_view text) { return words_of_error(json::parse(text)); };
  EXPECT_EQ(words(R"({"detail":{"error":"a"}})"), "a");
  EXPECT_EQ(words(R"({"detail":"b"})"), "b");
  EXPECT_EQ(words(R"({"error":{"code":"C","info":"c"}})"), "c");
  EXPECT_EQ(words(R"({"errors":[1],"message":"d"})"), "d");
  EXPECT_EQ(words(R"({"error":[{"detail":"e"}]})"), "e");
  EXPECT_EQ(words(R"({"detail":{"detail":{"detail":{"detail":{"detail":"deep"}}}}})"), "");
  EXPECT_EQ(words("[]"), "");
}

TEST(SearchReply, TextBecomesOneVisibleLine) {
  EXPECT_EQ(plain_snippet("a<b>c</b> &amp;amp; &#x27;&#39; 1 < 2 &unknown; &#; &#xZ; &"),
            "ac &amp; '' 1 < 2 &unknown; &#; &#xZ; &");
  EXPECT_EQ(plain_snippet("  a\n\tb  "), "a b");
  EXPECT_EQ(plain_snippet("a\xE2\x80\x8B\xF3\xA0\x81\x81z"), "az");
  EXPECT_EQ(plain_snippet("a&#0;b&#xD800;&#1114112;"), "ab\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(plain_snippet("x <b never ends"), "x");
}

TEST(SearchReply, ResultsAreWebAddressesOnceEach) {
  ResultList list(3);
  for (const std::string_view url :
       {"https://a.example", "https://a.example/", "kb://notes/a.md", "file:///etc/passwd",
        "javascript:alert(1)", "https://user:pw@b.example/", "", "//c.example/",
        "http://d.example/"})
    list.add("t", url, "s");
  const std::vector<SearchResult> results = std::move(list).take();
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].url, "https://a.example/");
  EXPECT_EQ(results[1].url, "http://d.example/");
}

TEST(SearchReply, LongTextsAreCutBetweenCharacters) {
  ResultList list(1);
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "潮";
  list.add(text, "https://a.example/", text);
  const SearchResult result = std::move(list).take().front();
  EXPECT_EQ(count_code_points(result.title), 300U);
  EXPECT_EQ(count_code_points(result.snippet), 2000U);
  EXPECT_EQ(shortened_query("one two three", 9), "one two");
  EXPECT_EQ(shortened_query("潮汐潮汐", 2), "潮汐");
  EXPECT_EQ(shortened_query("short", 9), "short");
}

}  // namespace
}  // namespace muai
