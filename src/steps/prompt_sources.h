#pragma once

// Fetched texts as they stand in a prompt: data between fences that the texts cannot forge. Private
// to the steps.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "muai/async/loop.h"
#include "muai/model/extractive.h"

namespace muai {

// 16 hexadecimal digits, new for each request, so that no page can know them.
std::string make_fence(Loop& loop);

// `text` without what could end the fence or pass for more than text: the fence's digits, marks of
// chat templates (<|im_start|>, [INST], <start_of_turn>, ...), invisible characters.
std::string as_prompt_text(std::string_view text, std::string_view fence);

// The text between "<<<FENCE LABEL" and "FENCE>>>".
std::string fenced(std::string_view text, std::string_view fence, std::string_view label);

struct FencedSources {
  std::string text;
  std::size_t shortened = 0;  // sources of which only a part is there
  std::int64_t tokens = 0;    // estimate
};

// The sources numbered from 1, each in a fence of its own with its address and title, in about
// `tokens_max` tokens. What does not fit is left out by whole sentences: with a question those that
// matter least to it, without one the ends of the longest sources. Takes time linear in the texts.
FencedSources fence_sources(std::string_view question, std::span<const SourceText> sources,
                            std::string_view fence, std::int64_t tokens_max);

// The whole sentences at the start of `text` that take at most `tokens_max` tokens; all of it when
// it fits.
std::string cut_text(std::string_view text, std::int64_t tokens_max);

// How much of each text there is room for: the same for all, more where others need less.
std::int64_t tokens_for_each(std::vector<std::int64_t> tokens, std::int64_t room);

}  // namespace muai
