#include "muai/steps/cited_answer.h"

#include <gtest/gtest.h>

#include "muai/core/sha256.h"

namespace muai {
namespace {

constexpr std::string_view kEnglish = "Cats purr. They sleep\nall day. Dogs bark.";
constexpr std::string_view kChinese = "猫会叫。狗也会叫。";

CitableSource english() {
  return {.url = "https://a.example/",
          .title = "Cats",
          .text = std::string(kEnglish),
          .text_sha256 = sha256_hex(kEnglish)};
}

RankedSentence sentence(std::size_t source, std::string_view text, std::string_view part) {
  const std::size_t at = text.find(part);
  return {.source = source, .span = {at, at + part.size()}};
}

TEST(ComposeAnswer, MarksEachSentenceAndFoldsItsBlanks) {
  const std::vector<CitableSource> sources{english()};
  const std::vector<RankedSentence> chosen{sentence(0, kEnglish, "They sleep\nall day."),
                                           sentence(0, kEnglish, "Cats purr.")};
  const CitedAnswer answer = compose_answer(sources, chosen);
  EXPECT_EQ(answer.text, "Cats purr. [1] They sleep all day. [1]");
  EXPECT_EQ(answer.citations, std::vector<std::string>{"https://a.example/"});
  ASSERT_EQ(answer.spans.size(), 2u);
  EXPECT_EQ(answer.spans[1].quote, "They sleep\nall day.");
  EXPECT_EQ(answer.spans[1].start, 11);
}

TEST(ComposeAnswer, ItemsAndRowsAreLinesWithoutTheirOwnMarks) {
  const std::string text =
      "Steps follow:\n1. Stop it. Wait, too\n2. Copy\n\nItem | Limit | Note\nrows | 32 |\n\nEnd.";
  const CitableSource source{.url = "https://a.example/", .text = text};
  const auto part = [&](std::string_view words, QuoteShape shape) {
    RankedSentence one = sentence(0, text, words);
    one.shape = shape;
    return one;
  };
  const CitedAnswer answer = compose_answer(
      std::span(&source, 1),
      std::vector{part("Steps follow:", QuoteShape::Sentence),
                  part("1. Stop it.", QuoteShape::Item), part("Wait, too", QuoteShape::ItemRest),
                  part("2. Copy", QuoteShape::Item), part("Item | Limit | Note", QuoteShape::Row),
                  part("rows | 32 |", QuoteShape::Row), part("End.", QuoteShape::Sentence)});
  EXPECT_EQ(answer.text,
            "Steps follow: [1]\n- Stop it. [1] Wait, too [1]\n- Copy [1]\n"
            "- Item | Limit | Note [1]\n- rows | 32 [1]\n\nEnd. [1]");
  EXPECT_TRUE(check_citations(answer.text, 1, answer.spans, CitationStrictness::Literal).empty());
}

// An answer said "[2]" with one source, because the page it quoted had notes of its own.
TEST(ComposeAnswer, LeavesOutTheSourcesOwnMarks) {
  const std::string text = "Ada [2] grew up in London.[12] Later.";
  const CitableSource source{.url = "https://a.example/", .text = text};
  const CitedAnswer answer = compose_answer(
      std::span(&source, 1), std::vector{sentence(0, text, "Ada [2] grew up in London.[12]")});
  EXPECT_EQ(answer.text, "Ada grew up in London. [1]");
  EXPECT_EQ(answer.spans[0].quote, "Ada [2] grew up in London.[12]");
  EXPECT_TRUE(check_citations(answer.text, 1, answer.spans, CitationStrictness::Literal).empty());
}

TEST(ComposeAnswer, CountsChineseInCodePointsAndPassagesFromTheirDocument) {
  const CitableSource source{.url = "kb://zh/a.txt#100-109",
                             .text = std::string(kChinese),
                             .start = 100,
                             .byte_start = 300};
  const CitedAnswer answer =
      compose_answer(std::span(&source, 1), std::vector{sentence(0, kChinese, "狗也会叫。")});
  EXPECT_EQ(answer.text, "狗也会叫。[1]");
  EXPECT_EQ(answer.spans[0].start, 104);
  EXPECT_EQ(answer.spans[0].end, 109);
  EXPECT_EQ(answer.spans[0].byte_start, 312);
  EXPECT_EQ(answer.citations[0], "kb://zh/a.txt#100-109");
  EXPECT_EQ(answer.spans[0].url, "kb://zh/a.txt#104-109");
}

TEST(ComposeAnswer, LeavesOutNotesOfEditors) {
  const std::string text = "Its size is valued.[citation needed] Later.";
  const CitableSource source{.url = "https://a.example/", .text = text};
  const CitedAnswer answer =
      compose_answer(std::span(&source, 1),
                     std::vector{sentence(0, text, "Its size is valued.[citation needed]")});
  EXPECT_EQ(answer.text, "Its size is valued. [1]");
  EXPECT_TRUE(check_citations(answer.text, 1, answer.spans, CitationStrictness::Literal).empty());
}

// "[1]1993年" read as one number.
TEST(ComposeAnswer, PutsABlankBetweenAMarkAndTheDigitsThatFollow) {
  const std::string text = "项目由默多克创立。1993年他公布了它。";
  const CitableSource source{.url = "https://a.example/", .text = text};
  const CitedAnswer answer =
      compose_answer(std::span(&source, 1), std::vector{sentence(0, text, "项目由默多克创立。"),
                                                        sentence(0, text, "1993年他公布了它。")});
  EXPECT_EQ(answer.text, "项目由默多克创立。[1] 1993年他公布了它。[1]");
  EXPECT_TRUE(check_citations(answer.text, 1, answer.spans, CitationStrictness::Literal).empty());
}

// "about [2]. heat 3.5" became "about . heat 3.5", two statements with one mark.
TEST(ComposeAnswer, MarksEveryStatementThatASentenceBecomes) {
  const std::string text = "- it grew about [2]. heat 3.5 heat. The end.";
  const CitableSource source{.url = "https://a.example/", .text = text};
  const CitedAnswer answer = compose_answer(
      std::span(&source, 1), std::vector{sentence(0, text, "it grew about [2]. heat 3.5 heat.")});
  EXPECT_TRUE(check_citations(answer.text, 1, answer.spans, CitationStrictness::Literal).empty())
      << answer.text;
  EXPECT_FALSE(answer.text.contains(" .")) << answer.text;
}

class CheckedAnswer : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::vector<CitableSource> sources{english()};
    answer_ = compose_answer(sources, std::vector{sentence(0, kEnglish, "Cats purr."),
                                                  sentence(0, kEnglish, "Dogs bark.")});
  }
  std::vector<CitationProblem> problems(std::string_view text) const {
    return check_citations(text, answer_.citations.size(), answer_.spans,
                           CitationStrictness::Literal);
  }
  CitedAnswer answer_;
};

TEST_F(CheckedAnswer, AComposedAnswerPasses) { EXPECT_TRUE(problems(answer_.text).empty()); }

TEST_F(CheckedAnswer, OneAlteredWordIsNamedBySentence) {
  const auto found = problems("Cats purr. [1] Dogs sing. [1]");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].key_point, 2u);
  EXPECT_EQ(found[0].sentence, "Dogs sing.");
}

TEST_F(CheckedAnswer, AMissingMarkAndAnUnknownMarkAreNamed) {
  const auto found = problems("Cats purr. Dogs bark. [2]");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].what, "has no citation");
  EXPECT_EQ(found[1].what, "cites [2], but there is 1 source");
}

TEST_F(CheckedAnswer, QuotesMustStandAtTheirPlaceInTheStoredText) {
  const auto stored = [](std::string_view) { return std::optional<std::string>(kEnglish); };
  EXPECT_TRUE(check_quotes(answer_.spans, stored).empty());
  const auto changed = [](std::string_view) { return std::optional<std::string>("Cats moo. ..."); };
  EXPECT_EQ(check_quotes(answer_.spans, changed).size(), 2u);
  const auto gone = [](std::string_view) { return std::optional<std::string>(); };
  EXPECT_EQ(check_quotes(answer_.spans, gone).size(), 2u);
}

}  // namespace
}  // namespace muai
