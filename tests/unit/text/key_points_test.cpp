#include "muai/text/key_points.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muai {
namespace {

using testing::ElementsAre;

// Each key point as its text, "|" and its marks.
std::vector<std::string> points(std::string_view answer) {
  std::vector<std::string> out;
  for (const KeyPoint& point : key_points(answer)) {
    std::string line = std::string(point.span.of(answer)) + "|";
    for (const int mark : point.marks) line += std::to_string(mark) + ",";
    out.push_back(line);
  }
  return out;
}

TEST(KeyPoints, MarksStandInsideOrRightAfterTheFinalMark) {
  EXPECT_THAT(points("It is fast [1]. It is old. [2][3] It is free.[1]"),
              ElementsAre("It is fast [1].|1,", "It is old. [2][3]|2,3,", "It is free.[1]|1,"));
  EXPECT_THAT(points("它很快[1]。它很旧。[2] 它免费"),
              ElementsAre("它很快[1]。|1,", "它很旧。[2]|2,", "它免费|"));
}

TEST(KeyPoints, HeadingsQuestionsAndCodeAreNone) {
  EXPECT_THAT(
      points("# Title\nTitle two\n---\nWhat is it? [1] A fact. [1]\n```\ncode here\n```\n什么？"),
      ElementsAre("A fact. [1]|1,"));
  EXPECT_THAT(points("*** !!! ...\n---\n[1]"), ElementsAre());
}

TEST(KeyPoints, ListItemsCountWithoutTheirBullet) {
  EXPECT_THAT(points("- first [1]\n- second. More. [2]\n1. third"),
              ElementsAre("first [1]|1,", "second.|", "More. [2]|2,", "third|"));
}

TEST(KeyPoints, TheSourceListIsLeftOut) {
  for (const char* heading :
       {"Sources:", "## Sources", "**References**", "来源：", "## 参考资料"}) {
    const std::string answer =
        std::string("A fact. [1]\n\n") + heading + "\n[1] Title. https://a.example\n";
    EXPECT_THAT(points(answer), ElementsAre("A fact. [1]|1,")) << heading;
  }
  EXPECT_THAT(points("A fact. [1]\nSources:\n- x"), ElementsAre("A fact. [1]|1,"));
  EXPECT_THAT(points("Sources of energy are many. [1]"),
              ElementsAre("Sources of energy are many. [1]|1,"));
}

TEST(KeyPoints, TheNotFoundSentenceNeedsNoMark) {
  for (const Language language : {Language::English, Language::Chinese, Language::Other}) {
    EXPECT_THAT(key_points(not_found_sentence(language)), ElementsAre());
  }
  EXPECT_EQ(not_found_sentence(Language::English),
            "The sources do not contain an answer to this question.");
  EXPECT_EQ(not_found_sentence(Language::Chinese), "资料中没有这个问题的答案。");
}

TEST(KeyPoints, TableRowsCountButNotTheirHeading) {
  EXPECT_THAT(points("| name | size |\n|---|---|\n| a | 3 [1] |"), ElementsAre("| a | 3 [1] ||1,"));
}

TEST(CitationMarks, AreNumbersInBracketsOutsideCode) {
  EXPECT_THAT(citation_marks("a [1] b[12][0] [x] [] [ 3 ] `[4]` ``[`5]`` `[6]"),
              ElementsAre(1, 12, 0, 6));
  EXPECT_THAT(citation_marks("[99999999999]"), ElementsAre(999'999'999));
}

}  // namespace
}  // namespace muai
