#pragma once

// E-books (EPUB 2 and 3) to Document.

#include <string_view>

#include "muai/core/result.h"
#include "muai/document/document.h"

namespace muai {

// Reads the chapters in reading order, all of their visible text; title, authors, date and
// language from the package file. Table of contents and parts outside the reading order are left
// out.
//
// Pure and thread-safe; bounded like read_docx. Fails with InvalidInput (no e-book, damaged,
// protected against copying, no text) or LimitExceeded, naming the document.
Result<Document> read_epub(std::string_view bytes, const DocumentHint& hint);

}  // namespace muai
