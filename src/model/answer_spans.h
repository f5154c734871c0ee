#pragma once

// Stretches of a sentence that could be the answer to a question: numbers, points in time, names.
// Read from digits, capitals, quotes and a few words; no parsing. Private to the extractive
// backend. Linear time.

#include <string_view>
#include <vector>

#include "model/question.h"
#include "muai/core/byte_span.h"

namespace muai {

// Digits with their separators and units' signs, number words, Chinese numerals of two characters
// or more or before a measure word.
std::vector<ByteSpan> numbers_in(std::string_view sentence);

// Years, centuries, months and days.
std::vector<ByteSpan> times_in(std::string_view sentence);

// Runs of capitalised words, except one that merely begins the sentence; what stands in 《》「」“”;
// Chinese transliterations (史蒂芬·金); runs of Latin letters in a Chinese sentence.
std::vector<ByteSpan> names_in(std::string_view sentence);

// Chinese words that end like places (省, 市, 国) and what follows 位于; English names after "in",
// "at", "from", "to" and the like.
std::vector<ByteSpan> places_in(std::string_view sentence);

// What could answer a question of that kind; empty for kinds that no shape tells.
std::vector<ByteSpan> answers_in(std::string_view sentence, AnswerKind kind);

}  // namespace muai
