#include "muai/text/fold.h"

#include <gtest/gtest.h>

namespace muai {
namespace {

TEST(Fold, DropsCaseWidthAndLigatures) {
  EXPECT_EQ(fold("Hello"), "hello");
  EXPECT_EQ(fold("ＡＢＣ１２３"), "abc123");
  EXPECT_EQ(fold("Straße ﬁn"), "strasse fin");
  EXPECT_EQ(fold("ｶﾞ"), "ガ");
  EXPECT_EQ(fold("中文"), "中文");
  EXPECT_EQ(fold("a\xFF"
                 "b"),
            "a\uFFFDb");
}

TEST(Fold, HalfWidthChangesOnlyFullWidthForms) {
  EXPECT_EQ(to_half_width("ｆｏｏ（１）　中文。é"), "foo(1) 中文。é");
}

TEST(StripControls, RemovesTerminalEscapesWithTheirPayload) {
  EXPECT_EQ(strip_controls("a\x1b[31mred\x1b[0m b"), "ared b");
  EXPECT_EQ(strip_controls("x\x1b]0;title\ay"), "xy");
  EXPECT_EQ(strip_controls("x\x1b]8;;http://e.example\x1b\\link\x1b]8;;\x1b\\y"), "xlinky");
  EXPECT_EQ(strip_controls("x\x1bPq#0\x1b\\y"), "xy");
  EXPECT_EQ(strip_controls("x\xC2\x9B"
                           "31my"),
            "xy");
  EXPECT_EQ(strip_controls("\x1b(Bx\x1b"), "x");
}

// Symptom to keep out: one stray introducer hid the rest of a page.
TEST(StripControls, AnUnfinishedEscapeHidesNoText) {
  EXPECT_EQ(strip_controls("x\x1b]0;never closed\nnext line"), "x0;never closed\nnext line");
}

TEST(StripControls, RemovesWhatDeceivesAReader) {
  EXPECT_EQ(strip_controls("user\u202Egpj.exe"), "usergpj.exe");
  EXPECT_EQ(strip_controls("pass\u200Bword\u2060\uFEFF"), "password");
  EXPECT_EQ(strip_controls("hi\U000E0041\U000E0042\U000E0101"), "hi");
  EXPECT_EQ(strip_controls("a\rb\bc\x7F"), "abc");
}

TEST(StripControls, KeepsLinesTabsAndEmojiSequences) {
  EXPECT_EQ(strip_controls("a\tb\nc"), "a\tb\nc");
  EXPECT_EQ(strip_controls("👩‍💻 ❤️"), "👩‍💻 ❤️");
  EXPECT_EQ(strip_controls("می‌خواهم"), "می‌خواهم");
}

}  // namespace
}  // namespace muai
