#include "muai/text/language.h"

#include <gtest/gtest.h>

namespace muai {
namespace {

TEST(Language, IsJudgedByTheShareOfScripts) {
  EXPECT_EQ(language_of("What is PostgreSQL?"), Language::English);
  EXPECT_EQ(language_of("什么是数据库？"), Language::Chinese);
  EXPECT_EQ(language_of("什么是 Transformer 模型？"), Language::Chinese);
  EXPECT_EQ(language_of("怎么用Python的asyncio.gather？"), Language::Chinese);
  EXPECT_EQ(language_of("What does the word 你好 mean?"), Language::English);
  EXPECT_EQ(language_of("臺灣的首都在哪裡"), Language::Chinese);
}

TEST(Language, OtherIsNeitherOrNothing) {
  EXPECT_EQ(language_of(""), Language::Other);
  EXPECT_EQ(language_of("3 + 4 = ?"), Language::Other);
  EXPECT_EQ(language_of("これは日本語の文章です"), Language::Other);
  EXPECT_EQ(language_of("한국어 문장입니다"), Language::Other);
  EXPECT_EQ(language_of("Это русский текст"), Language::Other);
  EXPECT_EQ(to_string(Language::Other), "other");
  EXPECT_EQ(to_string(Language::Chinese), "zh");
  EXPECT_EQ(to_string(Language::English), "en");
}

TEST(Language, CjkIsFoundAnywhere) {
  EXPECT_TRUE(has_cjk("abc 中"));
  EXPECT_TRUE(has_cjk("カナ"));
  EXPECT_FALSE(has_cjk("naïve – 123。"));
  EXPECT_TRUE(is_cjk(U'𠮷'));
  EXPECT_FALSE(is_cjk(U'。'));
  EXPECT_FALSE(is_cjk(U'A'));
}

}  // namespace
}  // namespace muai
