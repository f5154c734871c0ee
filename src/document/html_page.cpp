#include "document/html_page.h"

#include <fmt/format.h>

#include <utility>

#include "document/html_clean.h"
#include "document/html_visibility.h"

namespace muai {

HtmlPage parse_page(std::string_view html) {
  CleanHtml clean = clean_html(html);
  HtmlPage page{
      HtmlTree::parse(clean.html), {}, read_json_ld(clean.json_ld), std::move(clean.notes)};
  const Visibility visibility =
      find_hidden(page.tree, read_hidden_names(clean.style_sheet),
                  clean.has_style_sheet ? StyleSheets::Some : StyleSheets::None);
  PageBlocks found = segment_page(page.tree, visibility);
  page.blocks = std::move(found.blocks);
  if (visibility.hidden_elements > 0)
    page.notes.push_back(
        fmt::format("hidden text dropped: {} elements", visibility.hidden_elements));
  if (found.obfuscated > 0)
    page.notes.push_back(
        fmt::format("text laced with invisible characters dropped: {} pieces", found.obfuscated));
  return page;
}

}  // namespace muai
