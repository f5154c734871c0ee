#include "muai/document/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "document/html_main.h"
#include "document/html_page.h"

namespace muai {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kProse =
    "Tides are the rise and fall of sea levels, caused by the gravity of the Moon and the Sun. "
    "Most shores see two high and two low tides a day, about six hours apart.";

Document read(const std::string& html, const DocumentHint& hint = {}) {
  auto document = read_html(html, hint);
  EXPECT_TRUE(document) << document.error().to_string();
  return document ? *std::move(document) : Document();
}

// An ordinary page with everything that is not content around `content`.
std::string page_with(const std::string& content, const std::string& head = {}) {
  return "<!doctype html><html lang=en><head><title>Tides - Sea Site</title>" + head +
         "</head><body><header class=site-header><a href=/>Sea Site</a></header>"
         "<nav class=main-nav><ul><li><a href=/a>Home</a></li><li><a href=/b>Ships</a></li>"
         "<li><a href=/c>Harbours</a></li></ul></nav>"
         "<main><article class=post-content><h1>Tides</h1><p>" +
         kProse + "</p>" + content + "<p>" + kProse +
         "</p></article></main>"
         "<aside class=sidebar><h4>Popular</h4><ul><li><a href=/d>Ten great ports</a></li>"
         "<li><a href=/e>Sailing for beginners</a></li></ul></aside>"
         "<footer class=site-footer><p>Copyright 2024 Sea Site. All rights reserved. "
         "<a href=/privacy>Privacy policy</a></p></footer></body></html>";
}

TEST(Html, KeepsTheArticleAndDropsWhatSurroundsIt) {
  const Document document = read(page_with(""));
  EXPECT_THAT(document.text, HasSubstr("Tides are the rise and fall"));
  EXPECT_THAT(document.text, Not(HasSubstr("Harbours")));
  EXPECT_THAT(document.text, Not(HasSubstr("Ten great ports")));
  EXPECT_THAT(document.text, Not(HasSubstr("Privacy policy")));
}

TEST(Html, SpansNameTheBlocksOfTheText) {
  const Document document =
      read(page_with("<h2>Spring   tides</h2><ul><li>At new moon the tide is "
                     "highest of all.</li><li>At full moon it is too.</li>"
                     "</ul>"));
  std::size_t end = 0;
  for (const Block& block : document.blocks) {
    EXPECT_LE(end, block.span.begin);
    EXPECT_LT(block.span.begin, block.span.end);
    EXPECT_EQ(document.text.substr(end, block.span.begin - end).find_first_not_of('\n'),
              std::string::npos);
    end = block.span.end;
  }
  EXPECT_EQ(end, document.text.size());
  for (const Heading& heading : document.headings)
    EXPECT_EQ(heading.span.of(document.text), heading.title);
  EXPECT_THAT(document.text, HasSubstr("Spring tides"));
  EXPECT_THAT(document.text, HasSubstr("highest of all.\nAt full moon it is too."));
}

TEST(Html, KeepsCodeVerbatimAndMarksIt) {
  const Document document =
      read(page_with("<pre><code>for x in y:\n    print(<b>x</b>)\n\n    # done\n</code></pre>"));
  EXPECT_THAT(document.text, HasSubstr("for x in y:\n    print(x)\n\n    # done"));
  int code = 0;
  for (const Block& block : document.blocks) code += block.kind == BlockKind::Code ? 1 : 0;
  EXPECT_EQ(code, 1);
}

TEST(Html, WritesEachTableRowOnALine) {
  const Document document =
      read(page_with("<table><thead><tr><th>Port</th><th>Range</th></tr></thead><tbody><tr>"
                     "<td>Bristol</td><td>12 m</td></tr><tr><td><p>Calais</p></td><td>6 "
                     "m</td></tr></tbody></table>"));
  EXPECT_THAT(document.text, HasSubstr("Port | Range\nBristol | 12 m\nCalais | 6 m"));
}

TEST(Html, DropsAnchorsBesideHeadingsAndFootnoteMarks) {
  const Document document =
      read(page_with("<h2>Neap tides<a class=headerlink href=#neap>¶</a></h2><p>They come between "
                     "spring tides.<sup class=reference><a href=#r1>[1]</a></sup> " +
                     kProse + "</p>"));
  EXPECT_THAT(document.text, Not(HasSubstr("¶")));
  EXPECT_THAT(document.text, Not(HasSubstr("[1]")));
  EXPECT_THAT(document.text, HasSubstr("They come between spring tides. Tides are"));
}

TEST(Html, TwoLineBreaksMakeAParagraph) {
  const Document document = read("<p>" + kProse + "<br><br>" + kProse + "<br>One line more.</p>");
  ASSERT_EQ(document.blocks.size(), 2U);
  EXPECT_THAT(document.text, HasSubstr("\nOne line more."));
}

TEST(Html, ReadsMetadata) {
  const Document document =
      read(page_with("",
                     "<meta name=author content='By Ada Lovelace'><link rel=canonical href=/tides>"
                     "<meta property='article:published_time' content='2024-05-17T08:00:00Z'>"),
           {.content_type = "text/html", .url_or_path = "https://sea.example/x?y"});
  EXPECT_EQ(document.title, "Tides");
  EXPECT_EQ(document.author, "Ada Lovelace");
  EXPECT_EQ(document.date, "2024-05-17");
  EXPECT_EQ(document.language, "en");
  EXPECT_EQ(document.canonical_url, "https://sea.example/tides");
  EXPECT_EQ(document.url, "https://sea.example/x?y");
  EXPECT_EQ(document.kind, DocumentKind::Html);
}

TEST(Html, ReadsMetadataOfJsonLd) {
  const Document document =
      read(page_with("", R"(<script type="application/ld+json">{"@graph":[{"@type":"NewsArticle",
          "headline":"High water","datePublished":"2023-01-02",
          "author":[{"name":"A"},{"name":"B"}]}]}
          </script><script type="application/ld+json">{broken</script>)"));
  EXPECT_EQ(document.author, "A, B");
  EXPECT_EQ(document.date, "2023-01-02");
}

TEST(Html, TakesTheSiteOffTheTitle) {
  EXPECT_EQ(read("<title>How ebb and flow work | Sea Site</title><p>" + kProse).title,
            "How ebb and flow work");
  EXPECT_EQ(read("<title>Sea - and land</title><p>" + kProse).title, "Sea - and land");
}

TEST(Html, DecodesByTheDeclaredCharset) {
  const Document document = read(
      "<meta charset=gbk><p>\xB3\xB1\xCF\xAB\xD3\xC9\xD4\xC2\xC7\xF2"
      "\xD2\xFD\xC6\xF0\xA1\xA3</p>");
  EXPECT_EQ(document.text, "潮汐由月球引起。");
}

TEST(Html, SaysThatAPageHoldsNoText) {
  const auto document = read_html("<html><body><div id=app></div><script>start()</script>",
                                  {.content_type = {}, .url_or_path = "https://a.example/"});
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().code(), ErrorCode::InvalidInput);
  EXPECT_THAT(document.error().message(), HasSubstr("https://a.example/"));
  EXPECT_THAT(document.error().message(), HasSubstr("JavaScript"));
}

TEST(Html, KeepsAllThatADocumentationGeneratorMarks) {
  const std::string list = "<ul><li><a href=a.html>Other chapter</a></li></ul>";
  const Document docbook = read(
      "<meta name=generator content='DocBook XSL'><div class=navheader>Prev Next</div>"
      "<div class=sect1><h2>4.1. Lexis</h2><div class=toc>" +
      list + "</div><p>" + kProse +
      "</p><pre>SELECT 1;</pre><dl><dt>oid oid</dt><dd>Row identifier</dd></dl></div>"
      "<div class=navfooter><a href=b>Next</a></div>");
  EXPECT_EQ(docbook.text, "4.1. Lexis\n\n" + kProse + "\n\nSELECT 1;\n\noid oid\n\nRow identifier");
  const Document sphinx = read(
      "<div class=related>index modules</div><div class=body role=main><h1>re<a "
      "class=headerlink href=#re>¶</a></h1><p>" +
      kProse +
      "</p><dl><dt>re.compile(p)</dt></dl>"
      "</div><div class=sphinxsidebar>" +
      list + "</div>");
  EXPECT_EQ(sphinx.text, "re\n\n" + kProse + "\n\nre.compile(p)");
}

TEST(Html, KeepsFormulasAndDropsTheirSource) {
  const Document document = read("<p>" + kProse +
                                 " <math><mi>h</mi><mo>=</mo><mspace/><mn>2</mn>"
                                 "<annotation>h=2</annotation></math> metres.</p>");
  EXPECT_THAT(document.text, HasSubstr("h=2 metres."));
}

// "Accept allSettings"
TEST(Html, ButtonsBesideEachOtherAreWordsOfTheirOwn) {
  const HtmlPage page =
      parse_page("<div><button>Accept all</button><button>Settings</button></div>");
  ASSERT_EQ(page.blocks.size(), 1U);
  EXPECT_EQ(page.blocks[0].text, "Accept all Settings");
}

// Half a list is worth less than none.
TEST(Html, ListsAreKeptOrDroppedWhole) {
  const HtmlPage page = parse_page(
      "<nav><a href=/>Home</a></nav><main><h1>Terms of the relay</h1><p>The relay forwards "
      "messages "
      "between two brokers, and is set up by one file that needs no "
      "database.</p><dl><dt>Broker</dt>"
      "<dd>A server that stores messages.</dd><dt>Lane</dt><dd>An ordered part of a "
      "queue.</dd></dl>"
      "<ul><li>It is sent again three times</li><li>Off</li><li>Kept for a week, then "
      "gone</li></ul>"
      "</main><footer><p>Imprint</p></footer>");
  const MainBlocks main = choose_main_blocks(page, "");
  ASSERT_EQ(main.judge, MainBlocks::Judge::Model);
  const auto probability_of = [&](std::string_view text) {
    for (std::size_t i = 0; i < page.blocks.size(); ++i)
      if (page.blocks[i].text == text) return main.probability[i];
    return -1.0F;
  };
  EXPECT_FLOAT_EQ(probability_of("Broker"), probability_of("An ordered part of a queue."));
  EXPECT_FLOAT_EQ(probability_of("Off"), probability_of("It is sent again three times"));
  EXPECT_NE(probability_of("Off"), probability_of("Broker"));
  EXPECT_LT(probability_of("Imprint"), probability_of("Off"));
}

}  // namespace
}  // namespace muai
