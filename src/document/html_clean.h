#pragma once

// The guard before the HTML5 parser: one linear pass over the page that leaves only what the
// extraction reads, so that no page can make the parser slow.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "document/html_aside.h"

namespace muai {

struct CleanHtml {
  // The page with elements, text and the attributes of html_attribute.h; without comments, scripts,
  // styles and formatting elements; nested at most kHtmlDepthMax deep.
  std::string html;
  SetAside aside;                    // what of it the parser need not see; views the page
  std::vector<std::string> json_ld;  // contents of <script type="application/ld+json">
  std::string style_sheet;           // contents of all <style> elements, one after the other
  std::size_t noscript_bytes = 0;    // length of what all <noscript> elements hold
  bool has_style_sheet = false;      // a <style> or <link rel=stylesheet> is there
  std::vector<std::string> notes;
};

// Browsers that run scripts do not show what <noscript> holds.
enum class Noscript : std::uint8_t { Dropped, Shown };

// `html` is valid UTF-8 of at most kHtmlBytesMax bytes, and outlives what was set aside.
CleanHtml clean_html(std::string_view html, Noscript noscript = Noscript::Dropped);

}  // namespace muai
