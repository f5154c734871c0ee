#include "muai/text/markdown.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "muai/text/utf8.h"

namespace muai {
namespace {

using testing::ElementsAre;

std::vector<std::string> described(std::string_view text) {
  constexpr const char* kNames[] = {"paragraph", "heading", "item", "quote",
                                    "code",      "table",   "rule"};
  std::vector<std::string> out;
  for (const MarkdownBlock& block : scan_markdown(text)) {
    out.push_back(std::string(kNames[static_cast<int>(block.kind)]) + std::to_string(block.level) +
                  ":" + std::string(block.content.of(text)));
  }
  return out;
}

TEST(Markdown, BlocksAreRecognised) {
  EXPECT_THAT(described("# One #\ntext\nmore\n\nTwo\n===\n> quoted\n---\n"),
              ElementsAre("heading1:One", "paragraph0:text\nmore", "heading1:Two", "quote1:quoted",
                          "rule0:"));
  EXPECT_THAT(described("- a\n  goes on\n  - b\n* c\n\n1. d\n2) e"),
              ElementsAre("item1:a\n  goes on", "item2:b", "item1:c", "item1:d", "item1:e"));
  EXPECT_THAT(described("| a |\n|---|\n| b |"), ElementsAre("table0:| a |\n|---|\n| b |"));
}

TEST(Markdown, FencedCodeHidesItsLines) {
  EXPECT_THAT(described("```cpp\n# no heading\n- no item\n```\nafter"),
              ElementsAre("code0:# no heading\n- no item", "paragraph0:after"));
  EXPECT_THAT(described("~~~\nopen\n```"), ElementsAre("code0:open\n```"));
  EXPECT_THAT(described("````\n```\n````"), ElementsAre("code0:```"));
}

TEST(Markdown, AHashtagOrAYearIsProse) {
  EXPECT_THAT(described("#tag and\n1998. Then"), ElementsAre("paragraph0:#tag and\n1998. Then"));
}

RC_GTEST_PROP(Markdown, BlocksAreOrderedAndHoldTheirContent, ()) {
  const auto piece =
      rc::gen::element<std::string>("a", " ", "\n", "\n\n", "# ", "- ", "> ", "```", "---",
                                    "===", "1. ", "|", "你", "\t", "\xE4", "　");
  std::string text;
  for (const std::string& one : *rc::gen::container<std::vector<std::string>>(piece)) text += one;
  std::size_t before = 0;
  for (const MarkdownBlock& block : scan_markdown(text)) {
    RC_ASSERT(block.span.begin >= before && block.span.end <= text.size());
    RC_ASSERT(block.span.begin <= block.content.begin);
    RC_ASSERT(block.content.begin <= block.content.end && block.content.end <= block.span.end);
    before = block.span.end;
  }
}

}  // namespace
}  // namespace muai
