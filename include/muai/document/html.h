#pragma once

// HTML to Document: the main text of a page, without navigation, advertising, consent notices and
// hidden text.
//
// Safe on hostile input: time and memory are linear in the input for every page. Before the HTML5
// parser sees the page it is cut to 2 MiB, comments and scripts are taken out, attributes are
// reduced to those the extraction reads, nesting deeper than `kHtmlDepthMax` is flattened and at
// most `kHtmlElementsMax` elements are kept. Each of these leaves a note.
//
// Takes about 10 ms for a page of 200 kB: call it on a pool thread.

#include <cstddef>
#include <string_view>

#include "muai/core/result.h"
#include "muai/document/document.h"

namespace muai {

inline constexpr std::size_t kHtmlBytesMax = 2 << 20;
inline constexpr std::size_t kHtmlDepthMax = 256;
inline constexpr std::size_t kHtmlElementsMax = 200'000;

// Reads a page in any encoding. Pure and thread-safe. Fails with InvalidInput when the page holds
// no readable text (for example, because it is built by JavaScript).
Result<Document> read_html(std::string_view bytes, const DocumentHint& hint);

}  // namespace muai
