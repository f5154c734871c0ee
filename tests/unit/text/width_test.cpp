#include "muai/text/width.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace muai {
namespace {

using testing::ElementsAre;

TEST(Width, CountsColumnsNotCharacters) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("你好"), 4u);
  EXPECT_EQ(display_width("ＡＢ"), 4u);
  EXPECT_EQ(display_width("e\u0301"), 1u);
  EXPECT_EQ(display_width("±§…"), 3u);  // ambiguous
  EXPECT_EQ(display_width("ｶﾅ"), 2u);   // half-width
  EXPECT_EQ(display_width("a\u200Bb\n"), 2u);
  EXPECT_EQ(display_width("\xFF"), 1u);
}

TEST(Width, AnEmojiSequenceTakesTwo) {
  EXPECT_EQ(display_width("😀"), 2u);
  EXPECT_EQ(display_width("👩‍👩‍👧‍👦"), 2u);
  EXPECT_EQ(display_width("👍🏽"), 2u);
  EXPECT_EQ(display_width("❤️"), 2u);
  EXPECT_EQ(display_width("❤"), 1u);
  EXPECT_EQ(display_width("🇨🇳🇺🇸"), 4u);
}

TEST(Width, TruncatingNeverExceedsNorCutsAGrapheme) {
  EXPECT_EQ(truncate_to_width("hello", 5), "hello");
  EXPECT_EQ(truncate_to_width("hello", 4), "hel…");
  EXPECT_EQ(truncate_to_width("你好吗", 4), "你…");
  EXPECT_EQ(truncate_to_width("你好吗", 1), "…");
  EXPECT_EQ(truncate_to_width("你好吗", 0), "");
  EXPECT_EQ(truncate_to_width("ab👩‍💻cd", 5), "ab👩‍💻…");
}

TEST(Width, PaddingFillsUpToTheColumn) {
  EXPECT_EQ(pad_to_width("你好", 6), "你好  ");
  EXPECT_EQ(pad_to_width("long", 2), "long");
}

TEST(Width, WrappingBreaksAtBlanksAndBesideWideCharacters) {
  EXPECT_THAT(wrap_to_width("the quick brown fox", 10), ElementsAre("the quick", "brown fox"));
  EXPECT_THAT(wrap_to_width("你好世界再见", 6), ElementsAre("你好世", "界再见"));
  EXPECT_THAT(wrap_to_width("今天很好。明天", 8), ElementsAre("今天很", "好。明天"));
  EXPECT_THAT(wrap_to_width("abcdefgh ij", 4), ElementsAre("abcd", "efgh", "ij"));
  EXPECT_THAT(wrap_to_width("a\n\nb", 5), ElementsAre("a", "", "b"));
  EXPECT_THAT(wrap_to_width("  indented text", 10), ElementsAre("  indented", "text"));
}

std::string shown_text() {
  const auto piece = rc::gen::element<std::string>("a", "bc", " ", "你", "。", "é", "e\u0301", "😀",
                                                   "❤️", "👩‍💻", "…", ",", "word", "한");
  std::string text;
  for (const std::string& one : *rc::gen::container<std::vector<std::string>>(piece)) text += one;
  return text;
}

RC_GTEST_PROP(Width, AddsUpAtGraphemeBoundaries, ()) {
  const std::string first = shown_text();
  const std::string second = shown_text();
  RC_ASSERT(display_width(first + second) == display_width(first) + display_width(second));
}

RC_GTEST_PROP(Width, NothingIsWiderThanAsked, ()) {
  const std::string text = shown_text();
  const auto columns = *rc::gen::inRange<std::size_t>(0, 12);
  RC_ASSERT(display_width(truncate_to_width(text, columns)) <= columns);
  std::string kept;
  for (const std::string& row : wrap_to_width(text, columns)) {
    RC_ASSERT(display_width(row) <= std::max<std::size_t>(columns, 2));
    kept += row;
  }
  std::string wanted = text;
  std::erase(kept, ' ');
  std::erase(wanted, ' ');
  RC_ASSERT(kept == wanted);
}

}  // namespace
}  // namespace muai
