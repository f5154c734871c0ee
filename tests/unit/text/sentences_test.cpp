#include "muai/text/sentences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "muai/text/utf8.h"

namespace muai {
namespace {

using testing::ElementsAre;

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  for (const ByteSpan span : split_sentences(text)) out.emplace_back(span.of(text));
  return out;
}

TEST(Sentences, EnglishEndsAtItsFinalMarks) {
  EXPECT_THAT(split("It rains. Does it? Yes! Good."),
              ElementsAre("It rains.", "Does it?", "Yes!", "Good."));
  EXPECT_THAT(split("  No mark at the end  "), ElementsAre("No mark at the end"));
  EXPECT_THAT(split(""), ElementsAre());
  EXPECT_THAT(split(" \n\t　"), ElementsAre());
}

// "... is valued.[citation needed] Since ..." was one sentence.
TEST(Sentences, NotesOfEditorsBelongToTheSentenceBefore) {
  EXPECT_THAT(
      split("It is valued.[citation needed] Since then it grew.[a][12] It fell."),
      ElementsAre("It is valued.[citation needed]", "Since then it grew.[a][12]", "It fell."));
  EXPECT_THAT(split("See a.[0] for it. End."), ElementsAre("See a.[0] for it.", "End."));
}

// A corpus without capitals came out as one sentence a paragraph.
TEST(Sentences, AMarkBetweenBlanksEndsTextCutIntoTokens) {
  EXPECT_THAT(split("`` it rains a lot , '' he said .\nthey stay . `` why ? '' nobody knows ."),
              ElementsAre("`` it rains a lot , '' he said .", "they stay .", "`` why ? ''",
                          "nobody knows ."));
}

TEST(Sentences, AbbreviationsDoNotEndOne) {
  EXPECT_THAT(split("Dr. Smith met Mr. Jones. They spoke."),
              ElementsAre("Dr. Smith met Mr. Jones.", "They spoke."));
  EXPECT_THAT(
      split("Use a list, e.g. Python's, i.e. the built-in one. See Fig. 3 and vol. 2, No. 5."),
      ElementsAre("Use a list, e.g. Python's, i.e. the built-in one.",
                  "See Fig. 3 and vol. 2, No. 5."));
  EXPECT_THAT(split("He said no. 5 people left."), ElementsAre("He said no. 5 people left."));
  EXPECT_THAT(split("I said no. Then he left."), ElementsAre("I said no.", "Then he left."));
  EXPECT_THAT(split("The U.S. Army came. It left the U.S. The end."),
              ElementsAre("The U.S. Army came.", "It left the U.S.", "The end."));
  EXPECT_THAT(split("J. R. R. Tolkien wrote it at 5 p.m. in Oxford."),
              ElementsAre("J. R. R. Tolkien wrote it at 5 p.m. in Oxford."));
  EXPECT_THAT(split("It needs vitamin D. Not only that. George W. Bush agreed."),
              ElementsAre("It needs vitamin D.", "Not only that.", "George W. Bush agreed."));
  EXPECT_THAT(split("Apple Inc. CEO Tim Cook spoke. Apples, pears, etc. Users agree."),
              ElementsAre("Apple Inc. CEO Tim Cook spoke.", "Apples, pears, etc.", "Users agree."));
  EXPECT_THAT(split("Smith et al. (2020) and Lee et al. found it on Jan. 5."),
              ElementsAre("Smith et al. (2020) and Lee et al. found it on Jan. 5."));
}

TEST(Sentences, NumbersNamesAndAddressesStayWhole) {
  EXPECT_THAT(
      split("Pi is 3.14 in v1.2.3 of file.txt. See https://a.example/b.html?c=d.e for more."),
      ElementsAre("Pi is 3.14 in v1.2.3 of file.txt.",
                  "See https://a.example/b.html?c=d.e for more."));
  EXPECT_THAT(split("Call os.path.join(a, b). Then stop."),
              ElementsAre("Call os.path.join(a, b).", "Then stop."));
  EXPECT_THAT(split("The server stops. pg_dump() does not."),
              ElementsAre("The server stops.", "pg_dump() does not."));
  EXPECT_THAT(split("It was 1998. He left."), ElementsAre("It was 1998.", "He left."));
}

TEST(Sentences, QuotesBracketsAndEllipsesGoWithTheirSentence) {
  EXPECT_THAT(split("\"Is it?\" he asked. (It is.) \"Yes.\" She left."),
              ElementsAre("\"Is it?\" he asked.", "(It is.)", "\"Yes.\"", "She left."));
  EXPECT_THAT(split("Well... maybe. Well... Maybe not…  Who knows?!"),
              ElementsAre("Well... maybe.", "Well...", "Maybe not…", "Who knows?!"));
  EXPECT_THAT(split("**Bold.** Plain."), ElementsAre("**Bold.**", "Plain."));
}

TEST(Sentences, CitationMarksAfterTheFinalMarkBelongToIt) {
  EXPECT_THAT(split("It is so. [1][2] It is not.[3] Why? [4]"),
              ElementsAre("It is so. [1][2]", "It is not.[3]", "Why? [4]"));
  EXPECT_THAT(split("句子。[1][2]下一句。 [3] 再一句"),
              ElementsAre("句子。[1][2]", "下一句。 [3]", "再一句"));
}

TEST(Sentences, ChineseEndsAtFullWidthMarksWithClosingQuotes) {
  EXPECT_THAT(split("今天下雨。你带伞了吗？带了！真的；走吧……好"),
              ElementsAre("今天下雨。", "你带伞了吗？", "带了！", "真的；", "走吧……", "好"));
  EXPECT_THAT(split("他说：“今天下雨。”然后他走了。"),
              ElementsAre("他说：“今天下雨。”", "然后他走了。"));
  EXPECT_THAT(split("「好嗎？」『好。』她笑了。"),
              ElementsAre("「好嗎？」", "『好。』", "她笑了。"));
  EXPECT_THAT(split("《为什么？》这本书很好。他（真的吗？）走了。"),
              ElementsAre("《为什么？》这本书很好。", "他（真的吗？）走了。"));
  EXPECT_THAT(split("（这是一句。）后面一句。"), ElementsAre("（这是一句。）", "后面一句。"));
  EXPECT_THAT(split("“太好了！”，他说。"), ElementsAre("“太好了！”，他说。"));
  EXPECT_THAT(split("他来了。\"你好\"她说。"), ElementsAre("他来了。", "\"你好\"她说。"));
  EXPECT_THAT(split("句子。**粗体。**后面"), ElementsAre("句子。", "**粗体。**", "后面"));
}

TEST(Sentences, MixedTextFollowsBothRules) {
  EXPECT_THAT(split("Python 3.11 发布了。It is fast. 你知道吗?我知道。Hello.你好"),
              ElementsAre("Python 3.11 发布了。", "It is fast.", "你知道吗?", "我知道。", "Hello.",
                          "你好"));
  EXPECT_THAT(split("圆周率约为3.14，见 file.txt。1．标题"),
              ElementsAre("圆周率约为3.14，见 file.txt。", "1．标题"));
}

TEST(Sentences, LinesAreJoinedUnlessBlankOrStructural) {
  EXPECT_THAT(split("One sentence\nover two lines. Next\n\nAfter a blank line"),
              ElementsAre("One sentence\nover two lines.", "Next", "After a blank line"));
  EXPECT_THAT(
      split("# Title\nText here\n- first item\n- second item\n  goes on\nAfter"),
      ElementsAre("# Title", "Text here", "- first item", "- second item\n  goes on", "After"));
  EXPECT_THAT(split("1. One\n2. Two. More\n10) Ten"),
              ElementsAre("1. One", "2. Two.", "More", "10) Ten"));
  EXPECT_THAT(split("It began in\n1998. It ended."),
              ElementsAre("It began in\n1998.", "It ended."));
  EXPECT_THAT(split("列表：\n1、第一\n2、第二\n• 第三"),
              ElementsAre("列表：", "1、第一", "2、第二", "• 第三"));
  EXPECT_THAT(split("| a | b |\n|---|---|\n| c. D | e |"),
              ElementsAre("| a | b |", "|---|---|", "| c. D | e |"));
  EXPECT_THAT(split("A.\r\nB is here.\r\n\r\nC"), ElementsAre("A.\r\nB is here.", "C"));
}

// "database size | unlimited columns per table | 1,600" was one sentence of a whole table.
TEST(Sentences, RowsBelowEachOtherAreSentencesOfTheirOwn) {
  EXPECT_THAT(split("The limits are below.\nItem | Limit\ncolumns | 1,600. See note\nrows | many"),
              ElementsAre("The limits are below.", "Item | Limit", "columns | 1,600. See note",
                          "rows | many"));
  EXPECT_THAT(split("Type a | b into the\nshell. Then wait."),
              ElementsAre("Type a | b into the\nshell.", "Then wait."));
}

// The steps of a manual's list were one sentence, since its items had no marks.
TEST(Sentences, LinesThatAColonIntroducesAreItems) {
  EXPECT_THAT(
      split("Take these steps:\n\nStop the server\nCopy the files to the new disk\nStart it"),
      ElementsAre("Take these steps:", "Stop the server", "Copy the files to the new disk",
                  "Start it"));
  EXPECT_THAT(split("步骤如下：\n\n停止服务器\n把文件复制到新的磁盘上\n启动"),
              ElementsAre("步骤如下：", "停止服务器", "把文件复制到新的磁盘上", "启动"));
}

TEST(Sentences, LinesOfOneLengthAreItemsWhenAllBeginWithACapital) {
  EXPECT_THAT(split("Take these steps:\n\nTurn valve 1\nTurn valve 2\nTurn valve 3"),
              ElementsAre("Take these steps:", "Turn valve 1", "Turn valve 2", "Turn valve 3"));
}

TEST(Sentences, WrappedLinesAfterAColonAreJoined) {
  EXPECT_THAT(split("Note what follows:\n\nThe server has to be stopped before its\n"
                    "files are copied, since they may change."),
              ElementsAre("Note what follows:",
                          "The server has to be stopped before its\n"
                          "files are copied, since they may change."));
}

TEST(Sentences, CodeIsTakenLineByLine) {
  EXPECT_THAT(split("```\na. B\nc\n```\nEnd. Yes."),
              ElementsAre("```", "a. B", "c", "```", "End.", "Yes."));
}

TEST(Sentences, LongOnesAreCutAtABlank) {
  std::string text;
  for (int i = 0; i < 1500; ++i) text += "word ";
  const auto spans = split_sentences(text);
  ASSERT_EQ(spans.size(), 4u);
  EXPECT_EQ(spans[0].size(), 1999u);
  std::string wall;
  for (int i = 0; i < 4500; ++i) wall += "字";
  EXPECT_EQ(split_sentences(wall).size(), 3u);
}

// Text made of what the splitter looks at.
std::string marked_text() {
  const auto piece = rc::gen::element<std::string>(
      "a", "B", "7", " ", "\n", "\n\n", ".", "!", "?", "…", "。", "！", "；", "”", "」", "\"", "'",
      "(", ")", "[1]", "[", "- ", "# ", "1. ", "> ", "|", "```", "你", "Dr.", "e.g.", "U.S.", "*",
      "_", "\xE3", "\x80", "\xEF\xBB\xBF", "　", "\t", "\r\n", "——", "---");
  const auto pieces = *rc::gen::container<std::vector<std::string>>(piece);
  std::string text;
  for (const std::string& one : pieces) text += one;
  return text;
}

void check_spans(const std::string& text) {
  std::size_t before = 0;
  std::string kept;
  for (const ByteSpan span : split_sentences(text)) {
    RC_ASSERT(span.begin >= before && span.begin < span.end && span.end <= text.size());
    RC_ASSERT(boundary_before(text, span.begin) == span.begin);
    RC_ASSERT(boundary_before(text, span.end) == span.end);
    before = span.end;
    kept += span.of(text);
  }
  const auto without_blanks = [](std::string_view from) {
    std::string out;
    for (Utf8Cursor at(from); !at.done(); at.next()) {
      const char32_t c = at.value();
      const bool blank = c <= ' ' || c == 0x85 || c == 0xA0 || c == U'　' || c == U'\uFEFF' ||
                         c == 0x1680 || (c >= 0x2000 && c <= 0x200B) || c == 0x2028 ||
                         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x2060;
      if (!blank) out += from.substr(at.offset(), at.size());
    }
    return out;
  };
  RC_ASSERT(without_blanks(kept) == without_blanks(text));
}

RC_GTEST_PROP(Sentences, SpansAreOrderedAndLoseNothing, ()) { check_spans(marked_text()); }

RC_GTEST_PROP(Sentences, SpansAreOrderedAndLoseNothingOnAnyBytes, (const std::string& bytes)) {
  check_spans(bytes);
}

}  // namespace
}  // namespace muai
