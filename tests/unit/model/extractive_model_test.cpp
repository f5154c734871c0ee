#include "muai/model/extractive_model.h"

#include <gtest/gtest.h>

#include "muai/async/sim_loop.h"

namespace muai {
namespace {

class ExtractiveModelTest : public ::testing::Test {
 protected:
  Result<Generation> ask(Grounding grounding) {
    GenerateRequest request;
    request.grounding = std::move(grounding);
    ModelCall call;
    call.on_text = [this](std::string_view text) { shown_ += text; };
    return loop_.run(model_.generate(std::move(request), std::move(call)));
  }

  SimLoop loop_;
  Pool workers_{loop_, {.threads = 0}};
  ExtractiveModel model_{workers_};
  std::string shown_;
};

TEST_F(ExtractiveModelTest, AnswersWithSentencesOfItsSources) {
  const std::string text = "The river Elbe is 1094 km long. Cats sleep. It rises in Bohemia.";
  const auto answer = ask({.question = "How long is the river Elbe?",
                           .sources = {{.url = "https://a.example/", .text = text}},
                           .sentences_max = 1});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->text, "The river Elbe is 1094 km long.");
  EXPECT_EQ(answer->model, "extractive");
  EXPECT_EQ(shown_, answer->text);
  ASSERT_EQ(answer->quoted.size(), 1u);
  EXPECT_EQ(answer->quoted[0].source, 0u);
  const ByteSpan span = answer->quoted[0].span;
  EXPECT_EQ(text.substr(span.begin, span.end - span.begin), answer->text);
}

TEST_F(ExtractiveModelTest, SaysNothingWhereTheSourcesSayNothing) {
  const auto answer = ask({.question = "Who wrote the ninth symphony?",
                           .sources = {{.url = "https://a.example/", .text = "Cats sleep."}}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->text, "");
  EXPECT_TRUE(answer->quoted.empty());
  EXPECT_EQ(shown_, "");
}

TEST_F(ExtractiveModelTest, SummarisesEachSource) {
  const auto summary = ask({.kind = Grounding::Kind::Summary,
                            .sources = {{.url = "u1", .text = "Cats are mammals that sleep a lot."},
                                        {.url = "u2", .text = "易北河是中欧的主要河流之一。"}},
                            .sentences_max = 1});
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->text, "Cats are mammals that sleep a lot.易北河是中欧的主要河流之一。");
  ASSERT_EQ(summary->quoted.size(), 2u);
  EXPECT_EQ(summary->quoted[1].source, 1u);
}

TEST_F(ExtractiveModelTest, CannotAnswerWithoutSources) {
  const auto answer = loop_.run(model_.generate({.messages = {{.text = "Hello?"}}}, {}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::InvalidInput);
  EXPECT_NE(answer.error().message().find("can only answer from sources"), std::string::npos);
  EXPECT_EQ(loop_.run(model_.embed({"x"}, {})).error().code(), ErrorCode::InvalidInput);
}

TEST_F(ExtractiveModelTest, IsAlwaysThere) {
  EXPECT_TRUE(model_.is_loaded());
  EXPECT_EQ(model_.memory(), MemoryUse());
  EXPECT_EQ(loop_.run(model_.estimate({})).value(), MemoryUse());
  EXPECT_TRUE(loop_.run(model_.load({}, {})));
  EXPECT_TRUE(loop_.run(model_.unload()));
  EXPECT_TRUE(model_.is_loaded());
}

}  // namespace
}  // namespace muai
