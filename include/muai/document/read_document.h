#pragma once

// One door for every kind of document: the content decides which reader is used.

#include <string_view>

#include "muai/core/result.h"
#include "muai/document/document.h"

namespace muai {

// True when the bytes are a PDF file, which read_pdf (pdf.h) reads: it runs a program, and so is a
// task of the loop.
bool is_pdf(std::string_view bytes);

// Reads HTML, Markdown, plain text, DOCX or EPUB. The kind is found from the bytes first, then from
// `hint.content_type`, then from the extension of `hint.url_or_path`. Pure and thread-safe.
//
// Fails with InvalidInput, naming the place and the remedy, for what is not text: PDF (use
// read_pdf), other office files, images, archives, binary data, damaged or encrypted files, and
// text without any content; with LimitExceeded for files that unpack to too much.
Result<Document> read_document(std::string_view bytes, const DocumentHint& hint);

// Markdown (CommonMark with tables and front matter). Front matter and raw HTML comments are
// dropped (its `title`, `author`, `date`, `lang` fill the metadata), links become their text,
// fenced code stays verbatim. Fails with InvalidInput when nothing is left.
Result<Document> read_markdown(std::string_view bytes, const DocumentHint& hint);

// Plain text in any encoding. Line breaks stay as they are, so hard-wrapped paragraphs keep their
// shape; blank lines separate paragraphs. The title is the file's name without its extension.
// Fails with InvalidInput when nothing is left.
Result<Document> read_plain_text(std::string_view bytes, const DocumentHint& hint);

}  // namespace muai
