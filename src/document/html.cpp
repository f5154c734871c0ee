// The stages: decode, clean (html_clean), parse (html_tree), find what is hidden
// (html_visibility), cut into blocks (html_blocks), measure (html_features), choose (html_main),
// put together (here).

#include "muai/document/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "document/html_barrier.h"
#include "document/html_main.h"
#include "document/html_metadata.h"
#include "document/html_page.h"
#include "document/html_verdicts.h"
#include "document/text_builder.h"
#include "muai/document/charset.h"

namespace muai {
namespace {

std::string_view name_or_default(const DocumentHint& hint) {
  return hint.url_or_path.empty() ? std::string_view("the page") : hint.url_or_path;
}

// The bytes to decode and the decoded page, each within the bound.
std::string decode_page(std::string_view bytes, const DocumentHint& hint, Document& document) {
  const bool cut = bytes.size() > kHtmlBytesMax;
  if (cut) bytes = bytes.substr(0, kHtmlBytesMax);
  const Charset charset =
      detect_charset(bytes, charset_parameter(hint.content_type), CharsetContent::Html);
  std::string html = decode_to_utf8(bytes, charset.name);
  if (html.size() > kHtmlBytesMax) {
    std::size_t end = kHtmlBytesMax;
    while (end > 0 && (static_cast<unsigned char>(html[end]) & 0xC0) == 0x80) --end;
    html.resize(end);
  }
  if (cut) document.notes.push_back("kept the first 2 MiB of HTML");
  if (charset.source == CharsetSource::Guess && charset.name != "windows-1252")
    document.notes.push_back(fmt::format("character set guessed: {}", charset.name));
  return html;
}

std::string_view first_h1(const std::vector<PageBlock>& blocks) {
  for (const PageBlock& block : blocks)
    if (block.kind == BlockKind::Heading && block.level == 1) return block.text;
  return {};
}

// Everything known of a page once it is read.
struct ReadPage {
  Document document;
  HtmlPage page;
  MainBlocks main;
};

ReadPage read_page(std::string_view bytes, const DocumentHint& hint) {
  Document document;
  document.kind = DocumentKind::Html;
  document.url = hint.url_or_path;
  HtmlPage page = parse_page(decode_page(bytes, hint, document));
  document.notes.insert(document.notes.end(), page.notes.begin(), page.notes.end());
  MainBlocks main = choose_main_blocks(page, document.url);
  append_page_blocks(page.blocks, main.kept, document);
  read_metadata(page.tree, page.json_ld, first_h1(page.blocks), document);
  document.barrier = find_barrier(page, main.kept, document.title, document.text);
  if (document.barrier != PageBarrier::None)
    document.notes.emplace_back(explain_barrier(document.barrier));
  return {std::move(document), std::move(page), std::move(main)};
}

}  // namespace

Result<Document> read_html(std::string_view bytes, const DocumentHint& hint) {
  Document document = read_page(bytes, hint).document;
  if (document.text.empty())
    return fail(ErrorCode::InvalidInput,
                fmt::format("{} holds no readable text; if a browser shows some, it is made by "
                            "JavaScript, which is not run: save the page from the browser",
                            name_or_default(hint)));
  return document;
}

Reading explain_html(std::string_view bytes, const DocumentHint& hint) {
  ReadPage read = read_page(bytes, hint);
  Reading reading{.document = std::move(read.document),
                  .verdicts = explain_blocks(read.page, read.main),
                  .likely_use = {},
                  .likely_use_probability = 0};
  const auto most = std::ranges::max_element(read.main.uses);
  if (*most > 0) {
    reading.likely_use = to_string(static_cast<PageUse>(most - read.main.uses.begin()));
    reading.likely_use_probability = *most;
  }
  return reading;
}

}  // namespace muai
