#pragma once

// Word files (Office Open XML) to Document.

#include <string_view>

#include "muai/core/result.h"
#include "muai/document/document.h"

namespace muai {

// Reads paragraphs, headings, lists and tables of the main text; title, author, date and language
// from the file's properties. Text that a reader of the file would not see is left out: deleted
// passages, hidden runs, runs in white or of no size. Footnotes, headers and comments are left out
// with a note.
//
// Pure and thread-safe; time and memory are linear in the unpacked parts, which are bounded: see
// the sources. Nothing outside the bytes is read, whatever they refer to. Fails with InvalidInput
// (no Word file, damaged, encrypted, no text) or LimitExceeded, naming the document.
Result<Document> read_docx(std::string_view bytes, const DocumentHint& hint);

}  // namespace muai
