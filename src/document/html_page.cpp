#include "document/html_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "document/html_barrier.h"
#include "document/html_clean.h"
#include "document/html_visibility.h"
#include "document/text_builder.h"

namespace muai {

namespace {

// A page that shows next to nothing without scripts, and says much in <noscript>, is read as a
// browser without scripts shows it.
constexpr std::size_t kNextToNothingBytes = 600;
constexpr std::size_t kNoscriptBytesMin = 1000;

// Moves the blocks of consent notices to the skipped parts.
void drop_consent_notices(HtmlPage& page) {
  const std::vector<bool> is_notice = find_consent_notices(page.tree, page.blocks);
  if (std::ranges::find(is_notice, true) == is_notice.end()) return;
  std::vector<PageBlock> kept;
  std::vector<SkippedPart> skipped;
  auto next = page.skipped.begin();
  for (std::size_t i = 0; i < page.blocks.size(); ++i) {
    for (; next != page.skipped.end() && next->before <= i; ++next)
      skipped.push_back({next->reason, next->node, kept.size(), {}});
    PageBlock& block = page.blocks[i];
    if (is_notice[block.node])
      skipped.push_back(
          {SkippedPart::Reason::ConsentNotice, block.node, kept.size(), std::move(block.text)});
    else
      kept.push_back(std::move(block));
  }
  for (; next != page.skipped.end(); ++next)
    skipped.push_back({next->reason, next->node, kept.size(), {}});
  page.notes.push_back(
      fmt::format("consent notice dropped: {} blocks", page.blocks.size() - kept.size()));
  page.blocks = std::move(kept);
  page.skipped = std::move(skipped);
}

HtmlPage take_apart(CleanHtml clean) {
  HtmlPage page{.tree = HtmlTree::parse(clean.html, clean.aside),
                .blocks = {},
                .skipped = {},
                .hidden_by = {},
                .json_ld = read_json_ld(clean.json_ld),
                .notes = std::move(clean.notes)};
  Visibility visibility =
      find_hidden(page.tree, read_hidden_names(clean.style_sheet),
                  clean.has_style_sheet ? StyleSheets::Some : StyleSheets::None);
  PageBlocks found = segment_page(page.tree, visibility);
  page.blocks = std::move(found.blocks);
  page.skipped = std::move(found.skipped);
  page.hidden_by = std::move(visibility.hidden_by);
  drop_consent_notices(page);
  if (visibility.hidden_elements > 0)
    page.notes.push_back(
        fmt::format("hidden text dropped: {} elements", visibility.hidden_elements));
  if (visibility.revealed_elements > 0)
    page.notes.push_back("most of the page is hidden until a script shows it: kept");
  if (found.obfuscated > 0)
    page.notes.push_back(
        fmt::format("text laced with invisible characters dropped: {} pieces", found.obfuscated));
  return page;
}

std::size_t text_bytes(const HtmlPage& page) {
  std::size_t bytes = 0;
  for (const PageBlock& block : page.blocks) bytes += block.text.size();
  return bytes;
}

}  // namespace

HtmlPage parse_page(std::string_view html) {
  CleanHtml clean = clean_html(html);
  const std::size_t noscript = clean.noscript_bytes;
  HtmlPage page = take_apart(std::move(clean));
  const std::size_t shown = text_bytes(page);
  if (shown > kNextToNothingBytes || noscript < kNoscriptBytesMin || noscript < shown * 4)
    return page;
  HtmlPage other = take_apart(clean_html(html, Noscript::Shown));
  if (text_bytes(other) < shown * 2 + kNoscriptBytesMin / 4) return page;
  other.notes.push_back("the page is made by scripts: read as it shows without them");
  return other;
}

void append_page_blocks(const std::vector<PageBlock>& blocks, const std::vector<bool>& kept,
                        Document& document) {
  const PageBlock* previous = nullptr;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const PageBlock& block = blocks[i];
    if (!kept[i]) continue;
    const bool same_group = previous != nullptr && block.group != kNoNode &&
                            block.group == previous->group && block.kind == previous->kind;
    append_block(document,
                 {block.kind, block.level, same_group ? BlockGap::Line : BlockGap::BlankLine},
                 block.text);
    previous = &block;
  }
}

}  // namespace muai
