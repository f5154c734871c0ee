#pragma once

// What the readers of text formats share: decoding, names, the error for "nothing there".

#include <string>
#include <string_view>

#include "muai/core/result.h"
#include "muai/document/document.h"

namespace muai {

// A document of `kind` with url and title (the file's name without extension) from the hint.
Document new_document(DocumentKind kind, const DocumentHint& hint);

// Decoded text with LF line ends and without invisible characters; form feeds are blank lines.
std::string decode_text(std::string_view bytes, const DocumentHint& hint);

// How messages call the source: its URL or path, or "the document".
std::string_view name_of_source(const DocumentHint& hint);

// Extension of a path or URL in lower case without the dot; "" when there is none.
std::string extension_of(std::string_view url_or_path);

Error no_text_error(const DocumentHint& hint);

// `error`, whose message is a clause about the file, with the document and what it was read as
// ("a Word file") before it.
Error cannot_read_error(Error error, const DocumentHint& hint, std::string_view kind);

// "YYYY-MM-DD" from the start of an ISO 8601 date, or "".
std::string iso_day(std::string_view text);

// A language tag as Document keeps it: lower case with '-'; "" for what is none.
std::string language_tag(std::string text);

}  // namespace muai
