#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <string>

#include "muai/document/html.h"

namespace muai {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string text_of(const std::string& html) {
  const auto document = read_html(html, {});
  return document ? document->text : std::string();
}

TEST(HtmlHidden, NothingHiddenReachesTheTextAndTheFactsDo) {
  std::ifstream in(MUAI_TEST_DATA "/injection/pages.jsonl");
  std::string line;
  int hidden = 0;
  while (std::getline(in, line)) {
    const auto row = boost::json::parse(line).as_object();
    const std::string id(row.at("id").as_string());
    const std::string text = text_of(std::string(row.at("html").as_string()));
    EXPECT_THAT(text, HasSubstr(std::string(row.at("gold").as_string()))) << id;
    EXPECT_THAT(text, HasSubstr("It was automated in 1964.")) << id;
    if (!row.at("hidden").as_bool()) continue;
    ++hidden;
    EXPECT_THAT(text, Not(HasSubstr(std::string(row.at("canary").as_string())))) << id;
    EXPECT_THAT(text, Not(HasSubstr("Ignore earlier instructions"))) << id;
  }
  EXPECT_GE(hidden, 50);
}

// Each hides SECRET in another way.
class HtmlHiding : public testing::TestWithParam<const char*> {};

TEST_P(HtmlHiding, IsSeenThrough) {
  const std::string text =
      text_of(std::string("<p>The harbour was built in 1871 by two brothers.</p>") + GetParam() +
              "<p>It is still in use today, mostly by fishers.</p>");
  EXPECT_THAT(text, HasSubstr("1871"));
  EXPECT_THAT(text, HasSubstr("still in use"));
  EXPECT_THAT(text, Not(HasSubstr("SECRET")));
}

INSTANTIATE_TEST_SUITE_P(
    Ways, HtmlHiding,
    testing::Values(
        "<div style='DISPLAY : none !important'>SECRET</div>",
        "<div style='opacity:0.0'>SECRET</div>",
        "<div style='height:0;overflow:hidden'>SECRET</div>",
        "<div style='position:absolute;clip:rect(0,0,0,0)'>SECRET</div>",
        "<div style='position:fixed;top:-200em'>SECRET</div>",
        "<p style='text-indent:-9999px'>SECRET</p>", "<p style='font-size:1px'>SECRET</p>",
        "<p style='color:transparent'>SECRET</p>", "<p style='color:rgba(0,0,0,0)'>SECRET</p>",
        "<p style='color:#FEFEFE'>SECRET</p>",
        "<div style='background:black'><p style='color:rgb(1,1,1)'>SECRET</p></div>",
        "<p><font color=white>SECRET</font></p>", "<b style='display:none'>SECRET</b>",
        "<div aria-hidden=true>SECRET</div>",
        "<style>.x1{display:none}</style><div class='a x1'>SECRET</div>",
        "<style>@media print{.y{}} /*z*/ #h , .q { visibility : hidden }</style>"
        "<div id=h>SECRET</div>",
        "<dialog>SECRET</dialog>", "<select><option>SECRET</select>", "<object>SECRET</object>",
        "<video>SECRET</video>", "<iframe>SECRET</iframe>", "<noframes>SECRET</noframes>",
        "<svg><desc>SECRET</desc></svg>", "<template><p>SECRET</p></template>",
        "<script><!-- <script> </script> SECRET --></script>",
        "<div style='visibility:hidden'><p>SECRET</p></div>", "<p style='font:0/0 a'>SECRET</p>",
        "<p style='color:#00000000'>SECRET</p>", "<p style='color:rgb(0 0 0 / 0)'>SECRET</p>",
        "<p style='color:hsla(0,0%,0%,0)'>SECRET</p>",
        "<p style='-webkit-text-fill-color:transparent'>SECRET</p>",
        "<p style='color:white;background:white'>SECRET</p>",
        "<p style='transform:scale(0)'>SECRET</p>", "<p style='filter:opacity(0)'>SECRET</p>",
        "<p style='clip-path:inset(100%)'>SECRET</p>", "<p style='zoom:0'>SECRET</p>",
        "<p style='content-visibility:hidden'>SECRET</p>",
        "<p style='position:absolute;width:1px;height:1px;overflow:hidden'>SECRET</p>",
        "<style>p.far{position:absolute;left:-9999px}</style><p class=far>SECRET</p>",
        "<style>.tiny{font-size:0}</style><p class=tiny>SECRET</p>",
        "<style>.pale{color:#fff;background-color:#ffffff}</style><p class=pale>SECRET</p>",
        "<style>.clip{position:absolute;clip:rect(0,0,0,0)}</style><p class=clip>SECRET</p>",
        "<!-- a -- b --!><!--> <!-- SECRET -->"));

// Letters a reader sees, although styles like these can hide.
TEST(HtmlHidden, OrdinaryStylesHideNothing) {
  for (const char* style :
       {"font:0.9em/1.5 serif", "font:700 14px a", "color:rgb(1,2,3)", "color:rgba(0,0,0,0.8)",
        "color:#000000ff", "opacity:0.9", "position:absolute;top:-20px", "height:1px",
        "transform:translate(-50%)", "text-indent:2em", "background:#fff;color:#222"}) {
    EXPECT_THAT(text_of(std::string("<p>The harbour is old.</p><p style='") + style +
                        "'>It was built in 1871 by two brothers.</p>"),
                HasSubstr("1871"))
        << style;
  }
}

TEST(HtmlHidden, VisibleInsideInvisibleIsShown) {
  const std::string text = text_of(
      "<div style='visibility:hidden'>gone<p style='visibility:visible'>The light on the "
      "cape shines again since the storm of 1964.</p></div>");
  EXPECT_THAT(text, HasSubstr("The light on the cape"));
  EXPECT_THAT(text, Not(HasSubstr("gone")));
}

std::string long_text(int paragraphs) {
  std::string out;
  for (int i = 0; i < paragraphs; ++i)
    out += "<p>Paragraph " + std::to_string(i) +
           " tells how the harbour grew, year after year, from a "
           "few boats to the largest fleet of the coast, and who built its walls.</p>";
  return out;
}

TEST(HtmlHidden, APageThatAScriptRevealsIsRead) {
  for (const std::string open : {"<main style='opacity:0'>", "<div hidden id='S:1'>"}) {
    const auto document = read_html("<header><a href=/>Harbours</a></header>" + open +
                                        long_text(12) + "</main></div><p>Short and visible.</p>",
                                    {});
    ASSERT_TRUE(document);
    EXPECT_THAT(document->text, HasSubstr("Paragraph 7 tells"));
    EXPECT_THAT(document->notes, testing::Contains(HasSubstr("until a script shows it")));
  }
}

TEST(HtmlHidden, AHiddenPartOfAVisiblePageIsNot) {
  const std::string text = text_of(long_text(40) + "<div style='opacity:0'>" + long_text(1) +
                                   "SECRET</div><div hidden>SECRET" + long_text(20) + "</div>");
  EXPECT_THAT(text, Not(HasSubstr("SECRET")));
}

TEST(HtmlHidden, NoscriptIsReadWhenNothingElseIsThere) {
  const auto document =
      read_html("<div id=app></div><noscript>" + long_text(12) + "</noscript>", {});
  ASSERT_TRUE(document);
  EXPECT_THAT(document->text, HasSubstr("Paragraph 7 tells"));
  EXPECT_THAT(text_of(long_text(12) + "<noscript>SECRET " + long_text(12) + "</noscript>"),
              Not(HasSubstr("SECRET")));
}

TEST(HtmlHidden, WhiteTextMayStandOnAStyledBackground) {
  const std::string text = text_of(
      "<link rel=stylesheet href=a.css><p style='color:white'>The light "
      "on the cape shines again since 1964.</p>");
  EXPECT_THAT(text, HasSubstr("shines again"));
}

TEST(HtmlHidden, SaysHowMuchWasDropped) {
  const auto document = read_html("<p>The light on the cape shines.</p><p hidden>a<p hidden>b", {});
  ASSERT_TRUE(document);
  EXPECT_THAT(document->notes, testing::Contains("hidden text dropped: 2 elements"));
}

TEST(HtmlHidden, CharactersWithoutShapeGo) {
  EXPECT_EQ(text_of("<p>The cape\xE2\x80\xAE and\xE2\x80\x8B the har\xC2\xAD"
                    "bour\xF3\xA0\x81\x81 are\xC2\xA0old.</p>"),
            "The cape and the harbour are old.");
}

TEST(HtmlHidden, NoEscapeSequenceReachesTheText) {
  EXPECT_THAT(text_of("<p>The cape &#27;[31mred\x1B[0m is old and windy.</p>"),
              Not(HasSubstr("\x1B")));
}

}  // namespace
}  // namespace muai
