#include "model/whole_text.h"

#include <gtest/gtest.h>

#include <random>

namespace muai {
namespace {

// What the text should be, however it is cut.
std::string expected(std::string_view bytes) {
  std::string text;
  for (Utf8Cursor at(bytes); !at.done(); at.next())
    append_utf8(text, at.value() == 0 ? kReplacement : at.value());
  return text;
}

TEST(WholeText, APieceIsGivenBackAsFarAsItIsWhole) {
  WholeText text;
  EXPECT_EQ(text.add("a\xE4\xBD"), "a");
  EXPECT_EQ(text.add("\xA0"), "你");
  EXPECT_EQ(text.add("\xF0"), "");
  EXPECT_EQ(text.add("\x9F\x98"), "");
  EXPECT_EQ(text.add("\x80!"), "😀!");
  EXPECT_EQ(text.finish(), "");
  EXPECT_EQ(text.text(), "a你😀!");
}

TEST(WholeText, WhatStaysIncompleteIsBroken) {
  WholeText text;
  EXPECT_EQ(text.add("\xE4\xBD"), "");
  EXPECT_EQ(text.add("x"), "\uFFFDx");
  EXPECT_EQ(text.add("\xC3"), "");
  EXPECT_EQ(text.finish(), "\uFFFD");
}

TEST(WholeText, TheCutsDoNotMatter) {
  constexpr std::string_view kBytes[] = {"a",    "\xE4", "\xBD", "\xA0", "\xF0", "\x9F", "\x98",
                                         "\x80", "\xFF", "\xC0", "\xED", "é",    "你",   "😀"};
  std::mt19937 random(3);
  for (int round = 0; round < 2'000; ++round) {
    std::string whole;
    WholeText text;
    std::string shown;
    for (int piece = 0; piece < 6; ++piece) {
      std::string bytes;
      for (std::uint32_t n = random() % 4; n > 0; --n) bytes += kBytes[random() % 14];
      if (random() % 9 == 0) bytes += '\0';
      whole += bytes;
      shown += text.add(bytes);
      ASSERT_TRUE(is_valid_utf8(shown));
    }
    shown += text.finish();
    ASSERT_EQ(shown, expected(whole));
    ASSERT_EQ(text.text(), shown);
  }
}

}  // namespace
}  // namespace muai
