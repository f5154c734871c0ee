#include "muai/steps/prompt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.h"

namespace muai {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

PromptTemplate read(std::string_view text) {
  Result<PromptTemplate> prompt = PromptTemplate::read(text, "p.md");
  EXPECT_TRUE(prompt.has_value()) << prompt.error().message();
  return *std::move(prompt);
}

std::string problem_of(std::string_view text) {
  const Result<PromptTemplate> prompt = PromptTemplate::read(text, "p.md");
  return prompt ? "none" : prompt.error().message();
}

constexpr std::string_view kWhole = R"(---
name: greet
version: "3"
temperature: 0.5
max_tokens: 40
plain: [who]
---
# system
Be {{ tone }}.

# user
Greet {{who}} and {{docs}}; {{who}} again.
)";

TEST(Prompt, HasAHeadMessagesAndPlaces) {
  const PromptTemplate prompt = read(kWhole);
  EXPECT_EQ(prompt.name(), "greet");
  EXPECT_EQ(prompt.version(), "3");
  EXPECT_EQ(prompt.temperature(), 0.5);
  EXPECT_EQ(prompt.tokens_max(), 40);
  EXPECT_THAT(prompt.places(), ElementsAre("tone", "who", "docs"));
  EXPECT_THAT(prompt.plain(), ElementsAre("who"));
  const auto messages = prompt.fill({{"tone", "kind"}, {"who", "Ann"}, {"docs", "Bob"}});
  ASSERT_TRUE(messages.has_value());
  EXPECT_THAT(*messages, ElementsAre(ChatMessage{ChatRole::System, "Be kind."},
                                     ChatMessage{ChatRole::User, "Greet Ann and Bob; Ann again."}));
}

TEST(Prompt, WhatIsFilledInIsNotReadForPlaces) {
  const auto messages = read("Say {{question}}.").fill({{"question", "{{docs}} {{question}}"}});
  ASSERT_TRUE(messages.has_value());
  EXPECT_EQ(messages->front().text, "Say {{docs}} {{question}}.");
}

TEST(Prompt, WithoutHeadIsNamedAfterItsSourceAndVersionedByItsText) {
  const PromptTemplate one = read("Say {{question}}");
  EXPECT_EQ(one.name(), "p.md");
  EXPECT_EQ(one.version().size(), 12U);
  EXPECT_NE(one.version(), read("Tell {{question}}").version());
  EXPECT_EQ(one.unfilled().front().role, ChatRole::User);
}

TEST(Prompt, ProblemsNameFileAndPlace) {
  EXPECT_THAT(problem_of("a {{b.c}}"), HasSubstr("\"{{b.c}}\" is no place"));
  EXPECT_THAT(problem_of("a {{b"), HasSubstr("p.md:"));
  EXPECT_THAT(problem_of("a {{}}"), HasSubstr("is no place"));
  EXPECT_THAT(problem_of("---\nname: x\n"), HasSubstr("is not closed"));
  EXPECT_THAT(problem_of("---\ntemperature: 3\n---\nx"), HasSubstr("'temperature'"));
  EXPECT_THAT(problem_of("---\nmax_token: 3\n---\nx"), HasSubstr("'max_token'"));
  EXPECT_THAT(problem_of("before\n# user\nx"), HasSubstr("before the first line"));
  EXPECT_THAT(problem_of(" \n"), HasSubstr("says nothing"));
  EXPECT_THAT(problem_of("\xff"), HasSubstr("UTF-8"));
  const auto unfilled = read("a {{b}}").fill({});
  ASSERT_FALSE(unfilled.has_value());
  EXPECT_EQ(unfilled.error().code(), ErrorCode::InvalidInput);
}

TEST(PromptLibrary, SpeaksTheLanguageOfTheQuestion) {
  const PromptLibrary library;
  for (const std::string_view name : {"answer", "summary", "fence"}) {
    const auto english = library.lookup(name, Language::English);
    const auto chinese = library.lookup(name, Language::Chinese);
    ASSERT_TRUE(english.has_value() && chinese.has_value());
    EXPECT_EQ(english->name(), name);
    EXPECT_FALSE(has_cjk(english->unfilled().front().text));
    EXPECT_TRUE(has_cjk(chinese->unfilled().front().text));
    EXPECT_EQ(english->places(), chinese->places());
    EXPECT_EQ(english->version(), chinese->version());
  }
  const auto absent = library.lookup("anser", Language::English);
  ASSERT_FALSE(absent.has_value());
  EXPECT_THAT(absent.error().message(), HasSubstr("answer.en"));
}

TEST(PromptLibrary, AFolderOfTheUserComesFirst) {
  const testing::TemporaryFolder folder;
  std::ofstream(folder / "answer.zh.md") << "own zh {{question}}";
  std::ofstream(folder / "mine.md") << "own {{question}}";
  std::ofstream(folder / "notes.txt") << "{{ not a prompt";
  const Result<PromptLibrary> library = PromptLibrary::open(folder.path());
  ASSERT_TRUE(library.has_value()) << library.error().message();
  EXPECT_EQ(library->lookup("answer", Language::Chinese)->unfilled().front().text,
            "own zh {{question}}");
  EXPECT_EQ(library->lookup("answer", Language::English)->name(), "answer");
  EXPECT_EQ(library->lookup("mine", Language::Chinese)->unfilled().front().text,
            "own {{question}}");
  std::ofstream(folder / "bad.md") << "{{";
  EXPECT_FALSE(PromptLibrary::open(folder.path()).has_value());
  EXPECT_EQ(PromptLibrary::open(folder / "gone").error().code(), ErrorCode::NotFound);
}

TEST(EstimateTokens, GrowsWithTheTextAndIsNeverFarTooSmall) {
  EXPECT_EQ(estimate_tokens(""), 0);
  EXPECT_GE(estimate_tokens("The lighthouse first shone in the year of the great storm."), 12);
  EXPECT_LE(estimate_tokens("The lighthouse first shone in the year of the great storm."), 20);
  EXPECT_GE(estimate_tokens("灯塔始建于一八七一年。"), 11);
  EXPECT_GE(estimate_tokens("0123456789"), 6);
}

}  // namespace
}  // namespace muai
