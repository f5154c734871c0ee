#include "model/prompt_size.h"

#include "muai/text/utf8.h"

namespace muai {
namespace {

constexpr std::int64_t kPromptTokensBelieved = 256;
constexpr char32_t kFirstCjk = 0x2E80;

}  // namespace

std::int64_t tokens_at_least(const std::vector<ChatMessage>& messages) {
  std::int64_t words = 0;
  std::int64_t ideographs = 0;
  for (const ChatMessage& message : messages) {
    bool in_word = false;
    for (Utf8Cursor at(message.text); !at.done(); at.next()) {
      if (at.value() >= kFirstCjk) ++ideographs;
      const bool is_letter = (at.value() | 0x20) >= 'a' && (at.value() | 0x20) <= 'z';
      if (is_letter && !in_word) ++words;
      if (is_letter) in_word = true;
      if (at.value() <= ' ') in_word = false;
    }
  }
  return words * 3 / 4 + ideographs / 4;
}

bool is_prompt_cut(const std::vector<ChatMessage>& messages, std::int64_t prompt_tokens) {
  return prompt_tokens >= kPromptTokensBelieved && prompt_tokens < tokens_at_least(messages);
}

}  // namespace muai
