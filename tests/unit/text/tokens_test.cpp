#include "muai/text/tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <thread>

#include "muai/text/utf8.h"

namespace muai {
namespace {

using testing::Contains;
using testing::ElementsAre;

TEST(Tokens, EnglishWordsAreFoldedAndStemmed) {
  EXPECT_THAT(analyse("The Connections were RUNNING"),
              ElementsAre("the", "connect", "were", "run"));
  EXPECT_THAT(analyse("John's café, naïve"), ElementsAre("john", "cafe", "naiv"));
  EXPECT_THAT(analyse("John’s don’t"), ElementsAre("john", "don't"));
  EXPECT_THAT(analyse("ＡＢＣ Ｔｅｓｔｓ"), ElementsAre("abc", "test"));
  EXPECT_THAT(analyse("Привет Straße"), ElementsAre("привет", "strass"));
}

TEST(Tokens, ChineseGivesBigramsAndLoneCharacters) {
  EXPECT_THAT(analyse("数据库"), ElementsAre("数据", "据库"));
  EXPECT_THAT(analyse("水"), ElementsAre("水"));
  EXPECT_THAT(analyse("3月的天气"), ElementsAre("3", "月的", "的天", "天气"));
  EXPECT_THAT(analyse("数据库", {.cjk_unigrams = CjkUnigrams::All}),
              ElementsAre("数据", "数", "据库", "据", "库"));
  EXPECT_THAT(analyse("用Python写，好"), ElementsAre("用", "python", "写", "好"));
}

TEST(Tokens, IdentifiersGiveTheWholeAndTheParts) {
  EXPECT_THAT(analyse("os.path.join"), ElementsAre("os.path.join", "os", "path", "join"));
  EXPECT_THAT(analyse("max_connections"), ElementsAre("max_connections", "max", "connect"));
  EXPECT_THAT(analyse("getUserName HTTPServer iPhone"),
              ElementsAre("getusernam", "get", "user", "name", "httpserver", "http", "server",
                          "iphon", "phone"));
  EXPECT_THAT(analyse("v1.2.3"), ElementsAre("v1.2.3", "v1", "2", "3"));
  EXPECT_THAT(analyse("__init__"), ElementsAre("__init__", "init"));
  EXPECT_THAT(analyse("os.path.joinAll()"),
              ElementsAre("os.path.joinall", "os", "path", "joinal", "join", "all"));
  EXPECT_THAT(analyse("end.Next one. Two"), ElementsAre("end.next", "end", "next", "one", "two"));
}

TEST(Tokens, NumbersInitialsAndSharpNamesStayWhole) {
  EXPECT_THAT(analyse("1,000,000 and 3.14"), ElementsAre("1000000", "and", "3.14", "3", "14"));
  EXPECT_THAT(analyse("1,2,3"), ElementsAre("1", "2", "3"));
  EXPECT_THAT(analyse("U.S. e.g. p.x"), ElementsAre("us", "eg", "p.x", "p", "x"));
  EXPECT_THAT(analyse("C++ and C# or c"), ElementsAre("c++", "c", "and", "c#", "c", "or", "c"));
}

TEST(Tokens, PartsShareThePositionOfTheirWhole) {
  std::vector<bool> shared;
  for_each_token("a_b cd", [&](const Token& token) { shared.push_back(token.same_position); });
  EXPECT_THAT(shared, ElementsAre(false, true, false, false));
}

TEST(Tokens, ASinkMayStop) {
  int seen = 0;
  const bool whole = for_each_token("one two three", [&](const Token&) { return ++seen < 2; });
  EXPECT_FALSE(whole);
  EXPECT_EQ(seen, 2);
}

TEST(Tokens, StopWordsOfBothLanguagesAreKnown) {
  for (const char* word : {"the", "is", "what", "because", "becaus", "的", "什么", "怎么"}) {
    EXPECT_TRUE(is_stop_word(word)) << word;
  }
  for (const char* word : {"database", "us", "数据", ""}) EXPECT_FALSE(is_stop_word(word)) << word;
  EXPECT_THAT(analyse("What is the index of 什么", {.stop_words = StopWords::Drop}),
              ElementsAre("index"));
}

TEST(Tokens, LongTermsAreCutButKeepTheirSpan) {
  const std::string text(1000, 'x');
  std::size_t count = 0;
  for_each_token(text, [&](const Token& token) {
    EXPECT_LE(token.term.size(), kTermBytesMax);
    EXPECT_EQ(token.span, (ByteSpan{0, 1000}));
    ++count;
  });
  EXPECT_EQ(count, 1u);
}

TEST(Tokens, EachThreadHasItsOwnStemmer) {
  std::vector<std::string> other;
  std::thread thread([&] { other = analyse("running connections"); });
  const std::vector<std::string> here = analyse("running connections");
  thread.join();
  EXPECT_EQ(here, other);
}

// The promise to searchers: a query finds the word it is made of.
TEST(Tokens, ATwoCharacterWordIsFoundInsideALongerRun) {
  EXPECT_THAT(analyse("今天天气很好"), Contains(analyse("天气").front()));
  EXPECT_THAT(analyse("今天天气很好", {.cjk_unigrams = CjkUnigrams::All}),
              Contains(analyse("好").front()));
}

std::string mixed_text() {
  const auto piece = rc::gen::element<std::string>("a", "Bc", "HTTP", "7", " ", ".", ",", "_", "'",
                                                   "’", "你", "好", "カ", "é", "e\u0301", "1,000",
                                                   "++", "#", "-", "\xE4", "\xBD", "\u00AD", "ﬁ",
                                                   "ｶ", "Ａ", "x.y", "U.S.", "한", "👍", "ß", "İ");
  std::string text;
  for (const std::string& one : *rc::gen::container<std::vector<std::string>>(piece)) text += one;
  return text;
}

void check_tokens(const std::string& text, TokenOptions options) {
  std::size_t begin = 0;
  for_each_token(
      text,
      [&](const Token& token) {
        RC_ASSERT(!token.term.empty() && token.term.size() <= kTermBytesMax);
        RC_ASSERT(is_valid_utf8(token.term));
        RC_ASSERT(token.span.begin >= begin && token.span.begin < token.span.end);
        RC_ASSERT(token.span.end <= text.size());
        RC_ASSERT(boundary_before(text, token.span.begin) == token.span.begin);
        RC_ASSERT(boundary_before(text, token.span.end) == token.span.end);
        begin = token.span.begin;
      },
      options);
}

RC_GTEST_PROP(Tokens, SpansAreOrderedAndTermsValid, ()) {
  const std::string text = mixed_text();
  check_tokens(text, {});
  check_tokens(text, {.cjk_unigrams = CjkUnigrams::All, .stop_words = StopWords::Drop});
}

RC_GTEST_PROP(Tokens, SpansAreOrderedAndTermsValidOnAnyBytes, (const std::string& bytes)) {
  check_tokens(bytes, {});
}

// Index and query agree: the terms of a text do not depend on the text around it.
RC_GTEST_PROP(Tokens, TermsDoNotDependOnOtherLines, ()) {
  const std::string text = mixed_text();
  const std::vector<std::string> alone = analyse(text);
  const std::vector<std::string> between = analyse("before\n" + text + "\nafter");
  RC_ASSERT(between.size() == alone.size() + 2);
  RC_ASSERT(std::equal(alone.begin(), alone.end(), between.begin() + 1));
}

}  // namespace
}  // namespace muai
