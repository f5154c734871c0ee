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

}  // namespace muai
