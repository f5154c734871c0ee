#include "model/prompt_size.h"

#include <gtest/gtest.h>

namespace muai {
namespace {

std::int64_t least(std::string text) { return tokens_at_least({{.text = std::move(text)}}); }

TEST(PromptSize, CountsWordsAndIdeographs) {
  EXPECT_EQ(least(""), 0);
  EXPECT_EQ(least("one two, three\nfour"), 3);
  EXPECT_EQ(least("---- 1234 ????"), 0);
  EXPECT_EQ(least("天空是蓝色的。"), 1);
  EXPECT_EQ(tokens_at_least({{.text = "one two"}, {.text = "three four"}}), 3);
}

TEST(PromptSize, ACountBelowWhatIsCertainTellsOfACut) {
  std::string text;
  for (int i = 0; i < 1'000; ++i) text += "word ";
  const std::vector<ChatMessage> messages{{.text = text}};
  EXPECT_TRUE(is_prompt_cut(messages, 512));
  EXPECT_FALSE(is_prompt_cut(messages, 1'000));
  EXPECT_FALSE(is_prompt_cut(messages, 0)) << "not stated";
  EXPECT_FALSE(is_prompt_cut(messages, 3)) << "not believed";
}

}  // namespace
}  // namespace muai
