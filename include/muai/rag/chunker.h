#pragma once

// Cuts a document into passages for the index: along headings, then blocks, then sentences.

#include <string>
#include <vector>

#include "muai/core/byte_span.h"
#include "muai/document/document.h"

namespace muai {

// Passage sizes in code points. A Chinese character carries about as much as half an English word.
struct ChunkSizes {
  std::size_t latin_aim = 1000;
  std::size_t latin_max = 1200;
  std::size_t cjk_aim = 430;
  std::size_t cjk_max = 500;
};

struct Chunk {
  ByteSpan span;
  std::string heading;  // "Chapter > Section" of the place where the chunk begins
};

// Chunks in order. Their spans partition `document.text`: the first begins at 0, each begins where
// the one before ends, the last ends at the end; an empty text has none. A chunk never cuts a code
// point, and cuts a sentence only when that sentence alone is over the maximum. A heading starts a
// new chunk unless the chunk before it would be tiny. Linear time.
std::vector<Chunk> chunk_document(const Document& document, const ChunkSizes& sizes = {});

}  // namespace muai
