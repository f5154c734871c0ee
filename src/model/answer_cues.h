#pragma once

// Words by which a question asks for something in particular, and words that a sentence has when
// it gives it: "what is it called" and "is known as", 为什么 and 因为. Private to the extractive
// backend.

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace muai {

enum class AnswerCue : std::uint8_t {
  Naming,
  Expansion,  // what an abbreviation stands for
  Example,
  Purpose,
  Reason,
  Effect,
  Way,
  Money,
  Percent,
  Duration,
  Size,
  People,
  Difference,
  Sort,
  Parts,
  Negation,
  Superlative,
  Change,
  Count
};

inline constexpr std::size_t kAnswerCueCount = static_cast<std::size_t>(AnswerCue::Count);

using AnswerCues = std::bitset<kAnswerCueCount>;

// What the question asks for.
AnswerCues cues_asked(std::string_view question);

// Of the cues in `asked`, those that the sentence has words for.
AnswerCues cues_given(std::string_view sentence, const AnswerCues& asked);

}  // namespace muai
