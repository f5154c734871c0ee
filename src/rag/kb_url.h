#pragma once

// kb:// URLs: the names of documents in collections.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace muai {

// "kb://NAME/" + `path` with what a URL may not hold percent-encoded. UTF-8 letters stay readable.
std::string make_kb_url(std::string_view collection, std::string_view path);

// `document_url`#begin-end, offsets in code points of the document's text.
std::string with_span(std::string_view document_url, std::size_t begin, std::size_t end);

// The URL without its fragment.
std::string_view without_fragment(std::string_view url);

}  // namespace muai
