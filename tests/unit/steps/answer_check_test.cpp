#include "muai/steps/answer_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "muai/text/sentences.h"

namespace muai {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<CitableSource>& sources() {
  static const std::vector<CitableSource> all = {
      {.url = "https://cape.example/",
       .title = "Cape Orin light",
       .text = "The lighthouse at Cape Orin first shone in 1871 and is 31 metres tall. It was "
               "automated in 1964. The tower is not open to visitors in winter.",
       .text_sha256 = "aa"},
      {.url = "https://coast.example/",
       .title = "The coast",
       .text = "Ships have passed the coast for centuries. The keeper Maria Holt served there for "
               "twenty years. Her lamp burned whale oil until paraffin came in 1902."},
      {.url = "https://zh.example/",
       .title = "灯塔",
       .text = "灯塔始建于1871年。灯塔不对游客开放。"}};
  return all;
}

CheckedAnswer check(std::string_view text, std::string_view question = "") {
  return check_answer(text, question, sources());
}

TEST(AnswerCheck, KeepsWhatIsUpheldWithTheExactPlace) {
  const CheckedAnswer checked = check("The Cape Orin lighthouse first shone in 1871 [1].");
  EXPECT_EQ(checked.answer.text, "The Cape Orin lighthouse first shone in 1871. [1]");
  EXPECT_THAT(checked.answer.citations, ElementsAre("https://cape.example/"));
  ASSERT_EQ(checked.answer.spans.size(), 1U);
  const CitationSpan& span = checked.answer.spans[0];
  EXPECT_EQ(span.quote, "The lighthouse at Cape Orin first shone in 1871 and is 31 metres tall.");
  EXPECT_EQ(span.byte_start, 0);
  EXPECT_EQ(span.byte_end, static_cast<std::int64_t>(span.quote.size()));
  EXPECT_EQ(span.n, 1);
  EXPECT_THAT(checked.dropped, IsEmpty());
}

TEST(AnswerCheck, RemovesAndCountsMarksThatNameNoSource) {
  const CheckedAnswer checked = check("It was automated in 1964 [1][7]. [0]");
  EXPECT_EQ(checked.answer.text, "It was automated in 1964. [1]");
  EXPECT_EQ(checked.marks_removed, 2U);
}

TEST(AnswerCheck, CitesTheSourceThatUpholdsIt) {
  const CheckedAnswer wrong = check("Maria Holt served for twenty years [1].");
  EXPECT_EQ(wrong.answer.text, "Maria Holt served for twenty years. [1]");
  EXPECT_THAT(wrong.answer.citations, ElementsAre("https://coast.example/"));
  EXPECT_EQ(wrong.recited, 1U);
  const CheckedAnswer none = check("The lamp burned whale oil until paraffin came in 1902.");
  EXPECT_THAT(none.answer.citations, ElementsAre("https://coast.example/"));
}

TEST(AnswerCheck, DropsWhatNoSourceUpholds) {
  EXPECT_THAT(check("The lighthouse first shone in 1872 [1].").dropped,
              ElementsAre("The lighthouse first shone in 1872."));
  EXPECT_EQ(check("It was automated by Maria Holt in 1964 [1].").answer.text, "");
  EXPECT_EQ(check("Penguins breed below the cliffs every spring [1].").answer.text, "");
  EXPECT_EQ(check("It is 31 metres tall, as 2031 visitors know [1].").answer.text, "");
  EXPECT_EQ(check("Yes [1].").answer.text, "");
}

TEST(AnswerCheck, SeesNegation) {
  EXPECT_EQ(check("The tower is open to visitors in winter [1].").answer.text, "");
  EXPECT_EQ(check("The tower isn't open to visitors in winter [1].").answer.text,
            "The tower isn't open to visitors in winter. [1]");
  EXPECT_EQ(check("It was never automated in 1964 [1].").answer.text, "");
  EXPECT_EQ(check("灯塔对游客开放 [3]。").answer.text, "");
  EXPECT_EQ(check("灯塔不对游客开放[3]。").answer.text, "灯塔不对游客开放。[1]");
}

TEST(AnswerCheck, JoinsNeighboursAndSources) {
  const CheckedAnswer neighbours =
      check("The lighthouse at Cape Orin first shone in 1871 and was automated in 1964 [1].");
  ASSERT_EQ(neighbours.answer.spans.size(), 1U);
  EXPECT_TRUE(neighbours.answer.spans[0].quote.ends_with("It was automated in 1964."));
  const CheckedAnswer two =
      check("The lighthouse first shone in 1871, and Maria Holt served for twenty years [1][2].");
  EXPECT_EQ(two.answer.text,
            "The lighthouse first shone in 1871, and Maria Holt served for twenty years. [1][2]");
  EXPECT_EQ(two.answer.spans.size(), 2U);
}

TEST(AnswerCheck, DropsMarksThatDoNotMatter) {
  EXPECT_EQ(check("It was automated in 1964 [1][2].").answer.text, "It was automated in 1964. [1]");
}

TEST(AnswerCheck, NumbersCitationsInOrderOfTheSourcesAndKeepsTheLayout) {
  const CheckedAnswer checked = check(
      "# Keeper\n\n- Maria Holt served for twenty years [2]\n- She liked cats [2]\n\n# Light\n\n"
      "- It was automated in 1964 [1]\n\n# Cats\n\nShe liked cats [2].\n\nSources:\n[1] x\n[2] "
      "y\n");
  EXPECT_EQ(checked.answer.text,
            "# Keeper\n\n- Maria Holt served for twenty years [2]\n\n# Light\n\n- It was automated "
            "in 1964 [1]");
  EXPECT_THAT(checked.answer.citations,
              ElementsAre("https://cape.example/", "https://coast.example/"));
  EXPECT_EQ(checked.dropped.size(), 2U);
}

TEST(AnswerCheck, LeavesReasoningAndNotFoundOut) {
  const CheckedAnswer checked = check(
      "<think>It was automated in 1964 [1].</think>The sources do not contain an answer to "
      "this question.");
  EXPECT_EQ(checked.answer.text, "");
  EXPECT_TRUE(checked.says_not_found);
  EXPECT_FALSE(check("It was automated in 1964.").says_not_found);
}

TEST(AnswerCheck, AShortAnswerCitesThePlaceOfTheQuestion) {
  const std::vector<CitableSource> two = {
      {.url = "u",
       .text = "A storm came in 1871. Many ships sank. The lighthouse at Cape Orin first shone in "
               "1871."}};
  const CheckedAnswer checked =
      check_answer("1871 [1]", "When did the lighthouse at Cape Orin first shine?", two);
  EXPECT_EQ(checked.answer.text, "1871 [1]");
  EXPECT_EQ(checked.answer.spans.at(0).quote, "The lighthouse at Cape Orin first shone in 1871.");
}

TEST(AnswerCheck, WhatItKeepsPassesTheCitationCheck) {
  const CheckedAnswer checked = check(
      "The lighthouse first shone in 1871, and Maria Holt served for twenty years [1][2]. It was "
      "automated in 1964 [1].");
  EXPECT_THAT(check_citations(checked.answer.text, checked.answer.citations.size(),
                              checked.answer.spans, CitationStrictness::Upheld),
              IsEmpty());
  std::string other = checked.answer.text;
  other.replace(other.find("1964"), 4, "1965");
  EXPECT_EQ(check_citations(other, checked.answer.citations.size(), checked.answer.spans,
                            CitationStrictness::Upheld)
                .size(),
            1U);
}

// Answers put together from words of the sources, other words, marks and Markdown.
std::string any_answer() {
  static const std::vector<std::string> parts = {
      "The lighthouse at Cape Orin first shone in 1871",
      "It was automated in 1964.",
      "Maria Holt served there for twenty years.",
      "Her lamp burned whale oil until paraffin came in 1902.",
      "The tower is not open to visitors in winter.",
      "灯塔始建于1871年。",
      "灯塔不对游客开放。",
      "Penguins",
      "1965",
      "not",
      "and",
      ".",
      "?",
      " [1]",
      "[2]",
      "[3]",
      "[9]",
      "\n\n# Light\n\n",
      "\n- ",
      "\n\n",
      " ",
      "```\ncode\n```\n",
      "Sources:\n[1] x\n",
      "<think>",
      "</think>"};
  std::string text;
  for (const std::string& part :
       *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(parts)))
    text += part + (*rc::gen::arbitrary<bool>() ? " " : "");
  return text;
}

RC_GTEST_PROP(AnswerCheck, WhatStaysIsCitedUpheldAndQuotedExactly, ()) {
  const CheckedAnswer checked = check(any_answer());
  const CitedAnswer& answer = checked.answer;
  for (const CitationProblem& problem : check_citations(answer.text, answer.citations.size(),
                                                        answer.spans, CitationStrictness::Upheld))
    RC_FAIL(problem.sentence + " | " + problem.what + " | " + answer.text);
  RC_ASSERT(answer.text.empty() == answer.citations.empty());
  for (const CitationSpan& span : answer.spans) {
    RC_ASSERT(span.n >= 1);
    RC_ASSERT(static_cast<std::size_t>(span.n) <= answer.citations.size());
    const auto source = std::ranges::find(
        sources(), answer.citations[static_cast<std::size_t>(span.n) - 1], &CitableSource::url);
    RC_ASSERT(source != sources().end());
    RC_ASSERT(source->text.substr(static_cast<std::size_t>(span.byte_start),
                                  static_cast<std::size_t>(span.byte_end - span.byte_start)) ==
              span.quote);
  }
}

RC_GTEST_PROP(AnswerCheck, SentencesOfTheSourcesStay, ()) {
  const auto at = *rc::gen::inRange<std::size_t>(0, sources().size());
  const CitableSource& source = sources()[at];
  const std::vector<ByteSpan> sentences = split_sentences(source.text);
  const ByteSpan span = sentences[*rc::gen::inRange<std::size_t>(0, sentences.size())];
  const std::string sentence = source.text.substr(span.begin, span.size());
  const std::size_t n = at + 1;
  const CheckedAnswer checked = check(sentence + "[" + std::to_string(n) + "]");
  RC_ASSERT(checked.dropped.empty());
  RC_ASSERT(checked.answer.spans.size() == 1U);
  RC_ASSERT(checked.answer.citations.front() == source.url);
}

}  // namespace
}  // namespace muai
