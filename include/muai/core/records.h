#pragma once

// The records that travel in the state, on the wire and on disk under the names of their members.
// Each keeps members it does not know in `extra_json`, the text of a JSON object or empty, so that
// files of other versions come back unchanged.

#include <cstdint>
#include <string>

namespace muai {

// One hit of a search provider. `snippet` is plain text.
struct SearchResult {
  std::string title;
  std::string url;
  std::string snippet;
  std::string extra_json;
  friend bool operator==(const SearchResult&, const SearchResult&) = default;
};

// The passage that a mark `[n]` of the answer stands for. Offsets are half-open into the stored
// extracted text named by `text_sha256`: `byte_*` in bytes of its UTF-8, `start`/`end` in code
// points. `quote` is that range, word for word.
struct CitationSpan {
  std::int64_t n = 0;  // 1-based position in `citations`
  std::string url;
  std::string title;
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::int64_t byte_start = 0;
  std::int64_t byte_end = 0;
  std::string quote;
  std::string text_sha256;
  double retrieved_at = 0;  // Unix seconds
  std::string extra_json;
  friend bool operator==(const CitationSpan&, const CitationSpan&) = default;
};

struct Exercise {
  std::string question;
  std::string answer;
  std::string extra_json;
  friend bool operator==(const Exercise&, const Exercise&) = default;
};

}  // namespace muai
