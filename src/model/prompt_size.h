#pragma once

#include <cstdint>
#include <vector>

#include "muai/model/generation.h"

namespace muai {

// A number of tokens that the messages certainly have, whatever the tokenizer: three quarters of
// the words between blanks, since no tokenizer in use joins more, and a quarter of the code points
// of scripts that are written without blanks. Half of what they usually have.
std::int64_t tokens_at_least(const std::vector<ChatMessage>& messages);

// Whether an endpoint that counted `prompt_tokens` left out a part of the messages. Small counts
// are not believed: nobody cuts a prompt so short, and some endpoints state nonsense.
bool is_prompt_cut(const std::vector<ChatMessage>& messages, std::int64_t prompt_tokens);

}  // namespace muai
