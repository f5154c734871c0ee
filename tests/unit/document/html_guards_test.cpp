// Hostile pages. Time is not asserted here (the fuzzer and the benchmark watch it): a page that
// made the parser quadratic would run into the test's time limit.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "document/html_clean.h"
#include "document/html_tree.h"
#include "muai/document/html.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

using testing::Contains;
using testing::HasSubstr;

const std::string kFact = "<p>The harbour was built in 1871 by two brothers from the north.</p>";

std::string repeat(std::string_view piece, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += piece;
  return out;
}

std::size_t depth_of(const HtmlTree& tree) {
  std::size_t deepest = 0;
  for (NodeId id = 0; id < tree.size(); ++id)
    deepest = std::max<std::size_t>(deepest, tree[id].depth);
  return deepest;
}

TEST(HtmlGuards, NestingIsFlattenedAndNoted) {
  const std::string html = kFact + repeat("<div>", 100'000) + "deep" + kFact;
  CleanHtml clean = clean_html(html);
  EXPECT_LE(depth_of(HtmlTree::parse(clean.html, clean.aside)), kHtmlDepthMax + 10);
  const auto document = read_html(html, {});
  ASSERT_TRUE(document);
  EXPECT_THAT(document->text, HasSubstr("1871"));
  EXPECT_THAT(document->notes, Contains(HasSubstr("nesting deeper than 256")));
}

TEST(HtmlGuards, UnclosedItemsAndParagraphsAreNotNested) {
  const std::string html = "<ul>" + repeat("<li>a<p>b", 1000) + "</ul><table>" +
                           repeat("<tr><td>x<td>y", 1000) + "</table>" + kFact;
  EXPECT_TRUE(clean_html(html).notes.empty());
}

// Texts are set aside while the page is parsed, and stand where they stood.
TEST(HtmlGuards, TextsComeBackAsTheyWere) {
  const std::string table =
      "<table><tr><td>in the cell<div>of the table</div></td></tr>misplaced "
      "words</table>";
  const std::string html =
      "<div class=first title=x>before the &amp; sign<p>caf\xC3\xA9 au lait, "
      "with sugar<p>two\r\nlines of it</div>" +
      table;
  CleanHtml clean = clean_html(html);
  const HtmlTree tree = HtmlTree::parse(clean.html, clean.aside);
  std::string text;
  for (NodeId id = 0; id < tree.size(); ++id) {
    if (tree[id].is_text) text += '[' + std::string(tree[id].text) + ']';
    if (tree[id].tag == Tag::Div && tree.attribute(id, Attribute::Class) == "first") text += "div ";
  }
  EXPECT_EQ(text,
            "div [before the & sign][caf\xC3\xA9 au lait, with sugar][two\nlines of it]"
            "[misplaced words][in the cell][of the table]");
}

// U+100000 is what stands for the first text that was set aside.
TEST(HtmlGuards, PagesCannotWriteMarksOfTexts) {
  const std::string mark = "\xF4\x80\x80\x80";
  const auto document =
      read_html("<p>" + mark + "&#x100000;&#x100000;" + mark + " one</p>" + kFact +
                    "<p>&#x10FFFD; &#x100063; two of the brothers stayed</p>",
                {});
  ASSERT_TRUE(document);
  EXPECT_TRUE(is_valid_utf8(document->text));
  EXPECT_THAT(document->text, HasSubstr("two of the brothers stayed"));
  EXPECT_EQ(document->text.find("1871"), document->text.rfind("1871"));
}

// Here the parser ends elements where a simpler look would not, or does not where it would: it grew
// deeper than was counted, and slow.
TEST(HtmlGuards, PiecesThatTheParserNestsOtherwiseAreNotDeeperThanCounted) {
  for (const std::string_view piece :
       {"<template><p>x", "<li><section>x", "<dd><object>x", "<p><object>x",
        "<div><template></div>", "<math><wbr>x", "<link><math>x", "<a><object>x",
        "<li><table><li>x", "<h1><div></h1>x"}) {
    const std::string html = kFact + repeat(piece, 1500);
    CleanHtml clean = clean_html(html);
    // Twice, for the rows and bodies of tables that the parser adds.
    EXPECT_LE(depth_of(HtmlTree::parse(clean.html, clean.aside)), 2 * kHtmlDepthMax + 10) << piece;
  }
}

// A paragraph before a table is not ended by one inside it.
TEST(HtmlGuards, TablesStayWholeWhatStandsInThem) {
  const auto document = read_html(
      kFact + "<p>Before<table><p>Between<tr><td>north<td>12<tr><td>south<td>7</table>" + kFact,
      {});
  ASSERT_TRUE(document);
  EXPECT_THAT(document->text, HasSubstr("north | 12"));
  EXPECT_THAT(document->text, HasSubstr("south | 7"));
}

class HostileHtml : public testing::TestWithParam<std::string> {};

TEST_P(HostileHtml, IsReadCalmly) {
  const auto document = read_html(kFact + GetParam(), {});
  ASSERT_TRUE(document);
  EXPECT_THAT(document->text, HasSubstr("1871"));
  EXPECT_TRUE(is_valid_utf8(document->text));
}

std::string many_attributes() {
  std::string out = "<p";
  for (int i = 0; i < 100'000; ++i) out += " a" + std::to_string(i) + "=1";
  return out + ">x";
}

INSTANTIATE_TEST_SUITE_P(
    Pages, HostileHtml,
    testing::Values(
        repeat("<b><i><a href=x>", 40'000), repeat("<p><b id=1><i class=c>", 40'000),
        many_attributes(), "<script>" + repeat("</scrip", 20'000), repeat("<!-- -", 50'000),
        "<p>a<!-- " + repeat("-", 50'000), repeat("<table><tr><td>", 5'000),
        repeat("<table>", 20'000) + "foster", repeat("<select><option>", 20'000),
        repeat("<svg><g>", 20'000), repeat("<math><mi>", 20'000), repeat("<foo/>", 50'000),
        repeat("</p></br>", 50'000), repeat("<template>", 20'000), repeat("<a><div>", 20'000),
        repeat("<form><button>", 20'000), repeat("<frameset>", 20'000), repeat("&amp", 50'000),
        repeat("<", 100'000), repeat("<p a='", 1'001), repeat("<h1><h2>", 20'000),
        repeat("<dd><dt>", 20'000), repeat("<ruby><rt>", 20'000),
        repeat("<span class=\"" + repeat("x ", 2000) + "\">", 200),
        "<style>" + repeat(".a,", 50'000) + "{display:none}</style>",
        std::string("<p>\0\0\x01\xFF\xC0\x80</p>", 14), "<plaintext>" + repeat("<b>", 9)));

TEST(HtmlGuards, AnUnclosedScriptIsDroppedAndNoted) {
  const auto document = read_html(kFact + "<script>" + repeat("var x = 1;", 100), {});
  ASSERT_TRUE(document);
  EXPECT_EQ(document->text, "The harbour was built in 1871 by two brothers from the north.");
  EXPECT_THAT(document->notes, Contains(HasSubstr("the page ends inside a script")));
}

TEST(HtmlGuards, TheRestOfAHugePageIsDroppedAndNoted) {
  const auto document = read_html(kFact + repeat("<p>More text.</p>", 200'000), {});
  ASSERT_TRUE(document);
  EXPECT_THAT(document->notes, Contains("kept the first 2 MiB of HTML"));
}

TEST(HtmlGuards, AHugePageIsCutBetweenCharacters) {
  const auto document = read_html(repeat("é汉", kHtmlBytesMax / 5 + 10), {});
  ASSERT_TRUE(document);
  EXPECT_TRUE(is_valid_utf8(document->text));
}

}  // namespace
}  // namespace muai
