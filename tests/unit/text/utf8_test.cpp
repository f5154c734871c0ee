#include "muai/text/utf8.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace muai {
namespace {

TEST(Utf8, RefusesOverlongSurrogateAndTooLargeForms) {
  EXPECT_TRUE(is_valid_utf8("plain, é, 你好, 😀"));
  EXPECT_FALSE(is_valid_utf8("\xC0\x80"));          // overlong NUL
  EXPECT_FALSE(is_valid_utf8("\xE0\x9F\xBF"));      // overlong U+07FF
  EXPECT_FALSE(is_valid_utf8("\xF0\x8F\xBF\xBF"));  // overlong U+FFFF
  EXPECT_FALSE(is_valid_utf8("\xED\xA0\x80"));      // U+D800
  EXPECT_FALSE(is_valid_utf8("\xF4\x90\x80\x80"));  // U+110000
  EXPECT_FALSE(is_valid_utf8("\xFF"));
  EXPECT_FALSE(is_valid_utf8("12345678\xE4\xBD"));  // cut at the end
}

// The examples of the Unicode Standard, table 3-8 to 3-11, whose practice WHATWG follows.
TEST(Utf8, ReplacesEachMaximalBrokenPartOnce) {
  EXPECT_EQ(to_valid_utf8("a\xC0\xAF\xE0\x80\xBF\xF0\x81\x82z"),
            "a\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDz");
  EXPECT_EQ(to_valid_utf8("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(to_valid_utf8("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), "\uFFFD\uFFFD\uFFFD\uFFFDA");
}

TEST(Utf8, OffsetsCountCharactersNotBytes) {
  const std::string text = "aé你😀b";
  EXPECT_EQ(count_code_points(text), 5u);
  EXPECT_EQ(code_point_offset(text, 6), 3u);
  EXPECT_EQ(byte_offset(text, 3), 6u);
  EXPECT_EQ(byte_offset(text, 99), text.size());
  EXPECT_EQ(first_code_points(text, 2), "aé");
  EXPECT_EQ(boundary_before(text, 5), 3u);
  EXPECT_EQ(boundary_before(text, 6), 6u);
  EXPECT_EQ(boundary_before(text, 9), 6u);
}

RC_GTEST_PROP(Utf8, OffsetsRoundTripOnAnyBytes, (const std::string& bytes)) {
  std::size_t count = 0;
  for (Utf8Cursor at(bytes); !at.done(); at.next(), ++count) {
    RC_ASSERT(byte_offset(bytes, count) == at.offset());
    RC_ASSERT(code_point_offset(bytes, at.offset()) == count);
    for (std::size_t inside = 0; inside < at.size(); ++inside) {
      RC_ASSERT(boundary_before(bytes, at.offset() + inside) == at.offset());
    }
  }
  RC_ASSERT(count == count_code_points(bytes));
}

RC_GTEST_PROP(Utf8, ReplacingGivesValidTextWithAsManyCharacters, (const std::string& bytes)) {
  const std::string valid = to_valid_utf8(bytes);
  RC_ASSERT(is_valid_utf8(valid));
  RC_ASSERT(count_code_points(valid) == count_code_points(bytes));
  RC_ASSERT(is_valid_utf8(bytes) == (valid == bytes));
}

RC_GTEST_PROP(Utf8, EncodedCodePointsAreReadBack, ()) {
  const auto value = *rc::gen::inRange<std::uint32_t>(0, 0x110000);
  RC_PRE(value < 0xD800 || value > 0xDFFF);
  std::string text;
  append_utf8(text, static_cast<char32_t>(value));
  const CodePoint point = decode_utf8(text, 0);
  RC_ASSERT(point.valid && point.value == static_cast<char32_t>(value) &&
            point.size == text.size());
}

}  // namespace
}  // namespace muai
