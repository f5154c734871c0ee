#pragma once

// What a stored document keeps of a Document beside its text: blocks, headings, metadata.

#include <string>
#include <string_view>

#include "muai/core/result.h"
#include "muai/document/document.h"

namespace muai {

// A compact form for StoredDocument::layout.
std::string encode_layout(const Document& document);

// Fills kind, author, date, canonical_url, blocks, headings and page_starts of `document`, whose
// `text` must be set. Corrupt when the bytes do not fit the text.
Result<void> decode_layout(std::string_view layout, Document& document);

}  // namespace muai
