#pragma once

// The bytes of a file as a document, whatever kind it is.

#include <stop_token>
#include <string>

#include "muai/core/result.h"
#include "muai/document/document.h"

namespace muai {

// Blocks, for a PDF as long as pdftotext runs: call it on a worker thread, not on a loop's. Errors
// are those of read_document and read_pdf; `stop` ends a PDF's reading with Cancelled.
Result<Document> read_file_document(std::string bytes, const DocumentHint& hint,
                                    std::stop_token stop);

}  // namespace muai
