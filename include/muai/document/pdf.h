#pragma once

// PDF to Document through the program `pdftotext` (Debian package poppler-utils), which runs as a
// process of its own with limits on time, memory and output. The PDF library is never part of us.

#include <stop_token>
#include <string>

#include "muai/async/process.h"
#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/document/document.h"

namespace muai {

// `bytes` is a PDF file. `spawner` must outlive the task. Loop thread; awaited like any task.
//
// Document::page_starts says where pages begin; lines that open or close most pages (running
// heads, page numbers) are dropped and noted.
//
// Errors: InvalidInput for what pdftotext cannot read, for encrypted files and for scans without
// text; NotFound when pdftotext is not installed; LimitExceeded, Timeout and Cancelled as in
// Spawner::run. Each names the document.
Task<Result<Document>> read_pdf(Spawner& spawner, std::string bytes, DocumentHint hint,
                                std::stop_token stop);

}  // namespace muai
