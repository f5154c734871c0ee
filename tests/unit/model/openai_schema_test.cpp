// Answers that must fit a schema, from endpoints that do not care.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/model_site.h"

namespace muai {
namespace {

namespace json = boost::json;
using namespace muai::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kSchema =
    R"({"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]})";

// A chunk whose text is `text`, escaped.
std::string said(std::string_view text) {
  const json::value chunk = {{"choices", {{{"delta", {{"content", text}}}}}}};
  return event(json::serialize(chunk));
}
FakeAnswer whole(std::string_view text, std::string_view finish = "stop") {
  return stream_answer({said(text), finish_chunk(finish), usage_chunk(5, 2), std::string(kDone)});
}

struct OpenAiSchemaTest : ::testing::Test, ModelSite {
  Result<Generation> ask_fitting() {
    return ask({.messages = {{.role = ChatRole::System, .text = "Count."},
                             {.role = ChatRole::User, .text = "How many?"}},
                .json_schema = std::string(kSchema)});
  }
};

TEST_F(OpenAiSchemaTest, TheSchemaIsAskedForTwiceAndTheAnswerShownWhenItFits) {
  on_chat(stream_answer({said("{\"n\""), said(": 3}"), finish_chunk(), std::string(kDone)}));
  const auto answer = ask_fitting();
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->text, "{\"n\": 3}");
  EXPECT_THAT(shown, ElementsAre("{\"n\": 3}"));
  EXPECT_EQ(
      sent(0).at("response_format"),
      json::value({{"type", "json_schema"},
                   {"json_schema",
                    {{"name", "answer"}, {"strict", true}, {"schema", json::parse(kSchema)}}}}));
  const json::array messages = sent(0).at("messages").as_array();
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_THAT(std::string(messages[1].at("content").as_string()),
              AllOf(HasSubstr("How many?"), HasSubstr(kSchema)));
}

TEST_F(OpenAiSchemaTest, JsonIsFoundInFencesAndProse) {
  for (const std::string text : {"```json\n{\"n\": 3}\n```",
                                 "Here you are:\n{\"n\": 3}\nAnything else?", " {\"n\": 3} \n"}) {
    answer_with(whole(text));
    const auto answer = ask_fitting();
    ASSERT_TRUE(answer) << text;
    EXPECT_EQ(answer->text, "{\"n\": 3}");
  }
}

TEST_F(OpenAiSchemaTest, AnAnswerThatDoesNotFitIsSentBackOnceWithWhatIsWrong) {
  on_chat(whole(R"({"n":"three"})"));
  on_chat(whole(R"({"n":3})"));
  const auto answer = ask_fitting();
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->text, R"({"n":3})");
  EXPECT_THAT(shown, ElementsAre(R"({"n":3})"));
  const json::array messages = sent(1).at("messages").as_array();
  ASSERT_EQ(messages.size(), 4u);
  EXPECT_EQ(messages[2].at("content"), R"({"n":"three"})");
  EXPECT_THAT(std::string(messages[3].at("content").as_string()), HasSubstr("/n"));
  EXPECT_EQ(answer->usage.prompt_tokens, 5);
  EXPECT_EQ(used.prompt_tokens, 10) << "what failed is counted";
}

TEST_F(OpenAiSchemaTest, ACutAnswerIsAskedForAgainMoreBriefly) {
  on_chat(whole(R"({"n": 31415926535)", "length"));
  on_chat(whole(R"({"n":3})"));
  ASSERT_TRUE(ask_fitting());
  EXPECT_THAT(std::string(sent(1).at("messages").at(3).at("content").as_string()),
              HasSubstr("more briefly"));
}

TEST_F(OpenAiSchemaTest, TwoMisfitsAreAnError) {
  on_chat(whole("I cannot."));
  const auto answer = ask_fitting();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::Upstream);
  EXPECT_EQ(net.seen().size(), 2u);
  EXPECT_TRUE(shown.empty());
}

TEST_F(OpenAiSchemaTest, AnEndpointThatRefusesTheSchemaIsAskedInWords) {
  on_chat(refusal(400, R"({"error":{"code":400,"message":"Failed to initialize samplers"}})"));
  on_chat(whole(R"({"n":3})"));
  ASSERT_TRUE(ask_fitting());
  EXPECT_FALSE(sent(1).as_object().contains("response_format"));
}

TEST_F(OpenAiSchemaTest, ASchemaThatIsNoneIsSaidBeforeAnythingIsSent) {
  for (const std::string schema : {"{", R"({"typ":"object"})"}) {
    const auto answer = ask({.messages = {{.text = "?"}}, .json_schema = schema});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), ErrorCode::InvalidConfig);
  }
  EXPECT_TRUE(net.seen().empty());
}

}  // namespace
}  // namespace muai
