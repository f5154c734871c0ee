#pragma once

// What the layout of a text says about its sentences: which are items of a list, which sentence
// introduces it, which are rows of a table. Private to the extractive backend.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "muai/core/byte_span.h"
#include "muai/model/extractive.h"

namespace muai {

// The place of one sentence. Numbers are those of the sentences of one text.
struct SentencePart {
  QuoteShape shape = QuoteShape::Sentence;
  bool introduces = false;   // a list: "The steps are:"
  bool is_header = false;    // names the columns of the rows below it
  std::int32_t list = -1;    // the list that it introduces or is part of
  std::int32_t header = -1;  // of a row, the header above it
};

// A sentence that ends in a colon and what stands below it: items, or one short block.
struct SentenceList {
  std::size_t intro = 0;
  std::size_t begin = 0;  // of its items' sentences
  std::size_t end = 0;
  bool is_commands = false;  // what to type, as a terminal shows it
};

struct SentenceParts {
  std::vector<SentencePart> of;  // by sentence
  std::vector<SentenceList> lists;
};

// `sentences` are those of split_sentences(text). Linear time.
SentenceParts find_sentence_parts(std::string_view text, std::span<const ByteSpan> sentences);

// Whether a blank line stands in `between`.
bool has_blank_line(std::string_view between);

}  // namespace muai
