#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "document/markdown_inline.h"
#include "muai/document/read_document.h"

namespace muai {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Markdown, BecomesTheTextAReaderSees) {
  const auto document = read_markdown(
      "---\ntitle: \"High water\"\nauthor: Ada\ndate: 2024-05-17\nlang: EN\n---\n"
      "# Tides\n\nSee *the* [moon](https://a.example) and **sun**.\n\n"
      "- one\n- two `a*b`\n\n```c\nint  x = 1; // *\n```\n\n> quoted\n\n"
      "| port | range |\n|---|--:|\n| Bristol | 12 m |\n",
      {});
  ASSERT_TRUE(document);
  EXPECT_EQ(document->text,
            "Tides\n\nSee the moon and sun.\n\none\ntwo a*b\n\nint  x = 1; // *\n\nquoted\n\n"
            "port | range\nBristol | 12 m");
  EXPECT_EQ(document->title, "High water");
  EXPECT_EQ(document->author, "Ada");
  EXPECT_EQ(document->date, "2024-05-17");
  EXPECT_EQ(document->language, "en");
  ASSERT_EQ(document->headings.size(), 1U);
  EXPECT_EQ(document->headings[0].title, "Tides");
  EXPECT_EQ(document->headings[0].level, 1);
}

TEST(Markdown, ARuleAtTheTopIsNoFrontMatter) {
  const auto document = read_markdown("---\ntitle: x\n\nText.", {});
  ASSERT_TRUE(document);
  EXPECT_THAT(document->text, HasSubstr("Text."));
  EXPECT_THAT(document->title, Not(HasSubstr("x")));
}

TEST(Markdown, HidesWhatHtmlHides) {
  const auto document = read_markdown(
      "<!-- SECRET\n\nSECRET too -->\n\nSeen <span style='display:none'>SECRET</span>here.\n\n"
      "<div hidden>SECRET</div>\n\n<p align=center>Shown.</p>\n\n![SECRET](x.png)",
      {});
  ASSERT_TRUE(document);
  EXPECT_THAT(document->text, Not(HasSubstr("SECRET")));
  EXPECT_THAT(document->text, HasSubstr("Seen here."));
  EXPECT_THAT(document->text, HasSubstr("Shown."));
}

TEST(Markdown, TakesItsTitleFromTheFirstHeadingThenFromTheName) {
  EXPECT_EQ(read_markdown("## Small\n\n# Big\n", {})->title, "Big");
  EXPECT_EQ(read_markdown("text", {.content_type = {}, .url_or_path = "/a/tides.md"})->title,
            "tides");
}

struct Inline {
  std::string_view markdown, text;
};

class MarkdownInline : public testing::TestWithParam<Inline> {};

TEST_P(MarkdownInline, BecomesPlain) {
  EXPECT_EQ(plain_inline(GetParam().markdown), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, MarkdownInline,
    testing::Values(Inline{"a *b* __c__ ~~d~~", "a b c d"},
                    Inline{"snake_case_name", "snake_case_name"}, Inline{"2 * 3 * 4", "2 * 3 * 4"},
                    Inline{"\\*not\\* \\[x\\]", "*not* [x]"}, Inline{"``a ` b``", "a ` b"},
                    Inline{"[a [b] c](d)", "a [b] c"}, Inline{"[x][ref] [alone]", "x [alone]"},
                    Inline{"![alt](a.png)b", "b"},
                    Inline{"<https://a.example/>", "https://a.example/"},
                    Inline{"1 < 2 &amp; 3 &#62; 2 &bogus;", "1 < 2 & 3 > 2 &bogus;"},
                    Inline{"a<br>b <em>c</em>", "a b c"}, Inline{"line\nbreak", "line break"},
                    Inline{"[unclosed](", "[unclosed]("}, Inline{"`unclosed", "`unclosed"}));

TEST(MarkdownInline, IsLinearOnHostileText) {
  for (const char* piece : {"[", "](", "`", "``a", "<a ", "&", "*_", "![", "<!--", "[a](b"}) {
    std::string text;
    while (text.size() < 300'000) text += piece;
    EXPECT_LE(plain_inline(text).size(), text.size()) << piece;
  }
}

}  // namespace
}  // namespace muai
