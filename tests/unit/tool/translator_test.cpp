#include "muai/tool/translator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/tool_site.h"

namespace muai {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using testing::json_answer;
using testing::ToolSite;
using testing::typed_answer;

constexpr std::string_view kArguments = R"({"text":"Hello \"you\"","target":"zh"})";

struct Translator : ::testing::Test {
  Translator() : site({.origins = {{.url = "http://127.0.0.1:5000"}}}) {}

  Result<json::value> call(testing::FakeAnswer answer, std::string_view arguments = kArguments) {
    site.net.set_default(std::move(answer));
    return site.call(*make_translator_tool(*site.fetcher, {.base_url = "http://127.0.0.1:5000/"}),
                     arguments);
  }
  ErrorCode code_of(testing::FakeAnswer answer) {
    const auto translated = call(std::move(answer));
    return translated ? ErrorCode::Contract : translated.error().code();
  }

  ToolSite site;
};

TEST_F(Translator, SendsTheTextAndGivesTheTranslation) {
  const auto translated = call(json_answer(R"({"translatedText":"你好"})"));
  ASSERT_TRUE(translated) << translated.error().message();
  EXPECT_EQ(*translated, json::value({{"text", "你好"}}));
  const auto& seen = site.only_request();
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.url.href(), "http://127.0.0.1:5000/translate");
  EXPECT_EQ(seen.headers.find("Content-Type"), "application/json");
  EXPECT_EQ(
      json::parse(seen.body),
      json::value(
          {{"q", "Hello \"you\""}, {"source", "auto"}, {"target", "zh"}, {"format", "text"}}));
}

TEST_F(Translator, TheSourceLanguageMayBeNamed) {
  ASSERT_TRUE(call(json_answer(R"({"translatedText":"Hello"})"),
                   R"({"text":"你好","target":"en","source":"zh"})"));
  EXPECT_EQ(json::parse(site.only_request().body).at("source"), "zh");
}

TEST_F(Translator, WithoutAServerItSaysHowToConfigureOne) {
  const auto translated = site.call(*make_translator_tool(*site.fetcher, {}), kArguments);
  ASSERT_FALSE(translated);
  EXPECT_EQ(translated.error().code(), ErrorCode::InvalidConfig);
  EXPECT_THAT(translated.error().message(), HasSubstr("tools.translator_url"));
  EXPECT_TRUE(site.net.seen().empty());
}

TEST_F(Translator, ErrorsAreTypedByRemedy) {
  EXPECT_EQ(code_of(json_answer(R"({"error":"key"})", 403)), ErrorCode::Refused);
  EXPECT_EQ(code_of(json_answer(R"({"error":"slow down"})", 429)), ErrorCode::Upstream);
  EXPECT_EQ(code_of(json_answer("{")), ErrorCode::Upstream);
  EXPECT_EQ(code_of(typed_answer("text/html", "<p>hello</p>")), ErrorCode::Upstream);
  for (const std::string odd :
       {"{}", "[]", R"({"translatedText":""})", R"({"translatedText":["a"]})"})
    EXPECT_EQ(code_of(json_answer(odd)), ErrorCode::Upstream) << odd;
}

TEST_F(Translator, ItsArgumentsAreChecked) {
  ToolRegistry tools;
  ASSERT_TRUE(tools.add(make_translator_tool(*site.fetcher, {})));
  const auto called =
      site.loop.run(tools.call("translator", json::parse(R"({"text":""})"), site.context()));
  ASSERT_FALSE(called);
  EXPECT_EQ(called.error().code(), ErrorCode::InvalidInput);
  EXPECT_THAT(called.error().message(), HasSubstr("target"));
}

// A model that writes what it was asked.
TranslateWithModel echoing_model() {
  return [](TranslationTask task, ToolContext) {
    return Task<Result<std::string>>::ready(task.source + ">" + task.target + ":" + task.text);
  };
}

TEST_F(Translator, AModelTranslatesWhenThereIsNoServer) {
  const auto tool = make_translator_tool(*site.fetcher, {.base_url = "", .model = echoing_model()});
  const auto translated = site.call(*tool, kArguments);
  ASSERT_TRUE(translated) << translated.error().message();
  EXPECT_EQ(translated->at("text"), "auto>zh:Hello \"you\"");
  EXPECT_TRUE(site.net.seen().empty());
}

TEST_F(Translator, TheServerIsAskedFirstAndTheModelWhenItFails) {
  const auto tool = make_translator_tool(
      *site.fetcher, {.base_url = "http://127.0.0.1:5000", .model = echoing_model()});
  site.net.set_default(json_answer(R"({"translatedText":"你好"})"));
  EXPECT_EQ(site.call(*tool, kArguments)->at("text"), "你好");
  EXPECT_TRUE(site.notes.empty());
  site.net.set_default(json_answer(R"({"error":"down"})", 500));
  EXPECT_EQ(site.call(*tool, kArguments)->at("text"), "auto>zh:Hello \"you\"");
  ASSERT_EQ(site.notes.size(), 1u);
  EXPECT_THAT(site.notes[0], HasSubstr("the model translates"));
}

TEST_F(Translator, AStoppedCallIsNotPassedOnToTheModel) {
  const auto tool = make_translator_tool(
      *site.fetcher, {.base_url = "http://127.0.0.1:5000", .model = echoing_model()});
  site.stop.request_stop();
  const auto translated = site.call(*tool, kArguments);
  ASSERT_FALSE(translated);
  EXPECT_EQ(translated.error().code(), ErrorCode::Cancelled);
}

}  // namespace
}  // namespace muai
