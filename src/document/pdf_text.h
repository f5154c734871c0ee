#pragma once

// What pdftotext wrote as a Document.

#include <string_view>

#include "muai/core/result.h"
#include "muai/document/document.h"

namespace muai {

// `output` is any bytes: pages parted by form feeds, paragraphs by blank lines. Lines that open or
// close most pages go, with a note. Pure and linear. InvalidInput, naming the document, when no
// text is left.
Result<Document> pdf_text_document(std::string_view output, const DocumentHint& hint);

}  // namespace muai
