#pragma once

// Page: the readable text behind a URL, as tools hand it to steps. A plain value.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace muai {

struct Page {
  std::string requested_url;
  std::string url;  // after redirects; for a passage of a local document with its #start-end
  std::string title;
  std::string author;
  std::string date;         // YYYY-MM-DD or empty
  std::string language;     // as declared by the page, or empty
  double retrieved_at = 0;  // Unix seconds
  std::string text;

  // `text` is the range that begins at `byte_start` (code point `start`) of this document. Null
  // when `text` is the whole document. Not part of the JSON form: see `text_sha256`.
  std::shared_ptr<const std::string> document_text;
  std::size_t byte_start = 0;
  std::size_t start = 0;

  // Under which hash the whole text is kept; empty when it is not.
  std::string text_sha256;

  std::vector<std::string> notes;  // what was dropped or guessed while reading

  const std::string& whole_text() const { return document_text ? *document_text : text; }
};

}  // namespace muai
