#pragma once

// What document.h promises of every document, whatever the bytes were.

#include "muai/core/check.h"
#include "muai/core/result.h"
#include "muai/document/document.h"
#include "muai/text/utf8.h"

namespace muai {

inline void check_promises(const Result<Document>& document) {
  if (!document) {
    MUAI_CHECK(!document.error().message().empty());
    MUAI_CHECK(is_valid_utf8(document.error().message()));
    return;
  }
  MUAI_CHECK(!document->text.empty());
  MUAI_CHECK(is_valid_utf8(document->text));
  MUAI_CHECK(is_valid_utf8(document->title));
  MUAI_CHECK(is_valid_utf8(document->author));
  std::size_t end = 0;
  for (const Block& block : document->blocks) {
    MUAI_CHECK(block.span.begin >= end && block.span.begin < block.span.end);
    end = block.span.end;
  }
  MUAI_CHECK(end == document->text.size());
  for (const Heading& heading : document->headings)
    MUAI_CHECK(heading.span.of(document->text) == heading.title);
}

}  // namespace muai
