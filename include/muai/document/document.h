#pragma once

// Document: what a reader of HTML, Markdown, plain text, PDF, DOCX or EPUB hands to everything
// above it.
//
// `text` is valid UTF-8 and is final: it is hashed, stored and cited as it stands, so nothing may
// normalise it afterwards. Every span is a half-open range of byte offsets into it, always on
// code point borders. Layout of `text`: blocks are separated by blank lines, except that list
// items and table rows follow each other on lines of their own. Table cells are joined by " | ".
// Code is verbatim. Text that a reader of the page would not see (hidden elements, comments,
// invisible characters) is never in it.
//
// Plain values: copy, move and share between threads as you like.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/byte_span.h"
#include "muai/text/markdown.h"

namespace muai {

// The numbers are kept in collections.
enum class DocumentKind : std::uint8_t { Html, Markdown, PlainText, Pdf, Docx, Epub };

// "html", "markdown", "text", "pdf", "docx", "epub".
std::string_view to_string(DocumentKind kind);

// What stands where a page's content should be. Such a page is no source: citing it would cite a
// notice.
enum class PageBarrier : std::uint8_t {
  None,
  Consent,    // asks for consent to cookies or tracking, and shows nothing else
  Paywall,    // shows the beginning of a text and asks for a subscription
  Challenge,  // wants proof of a human reader, or scripts, before it shows anything
};

// "none", "consent", "paywall", "challenge".
std::string_view to_string(PageBarrier barrier);

// What a person is told about such a page, without a final stop; "" for None.
std::string_view explain_barrier(PageBarrier barrier);

// What a stretch of text is: Paragraph, ListItem and Quote hold sentences that an answer may quote;
// Heading, Code and Table do not. In a Document a block of kind Table is one row. Rule never
// occurs. "paragraph", "heading", "list_item", "quote", "code", "table", "rule".
std::string_view to_string(BlockKind kind);

// One block of a document. Blocks are in order, not empty, and do not overlap; what lies between
// two blocks is line breaks only.
struct Block {
  BlockKind kind = BlockKind::Paragraph;
  ByteSpan span;

  bool operator==(const Block&) const = default;
};

struct Heading {
  int level = 1;      // 1 (outermost) to 6
  std::string title;  // equal to the text under `span`
  ByteSpan span;

  bool operator==(const Heading&) const = default;
};

struct Document {
  // Where it came from, as the caller said: a URL after redirects, or a path. May be empty.
  std::string url;
  std::string title;     // without the name of the site; may be empty
  std::string author;    // as printed by the page, several joined by ", "; may be empty
  std::string date;      // of publication, "YYYY-MM-DD"; empty when the page does not say
  std::string language;  // BCP 47 tag the source declares, lower case ("en", "zh-cn"), or empty
  std::string canonical_url;  // absolute URL the page declares for itself, or empty
  // What the page says it is, in the words of schema.org or Open Graph ("NewsArticle", "Product",
  // "article"), or empty.
  std::string page_type;
  DocumentKind kind = DocumentKind::PlainText;
  PageBarrier barrier = PageBarrier::None;  // other than None: a note says so, too
  std::string text;
  std::vector<Block> blocks;
  std::vector<Heading> headings;  // one for each block of kind Heading, in order
  // Byte offsets in `text` at which the pages of a PDF begin, in order; empty for other kinds.
  // Pages without text share the offset of the next one.
  std::vector<std::size_t> page_starts;
  // What was dropped or guessed and why, one sentence each, for a person:
  // "hidden text dropped: 12 elements", "kept the first 2 MiB of HTML".
  std::vector<std::string> notes;
};

// What the caller knows about bytes before they are read. Every member may be empty; the bytes
// themselves decide when they contradict it.
struct DocumentHint {
  std::string content_type;  // the HTTP header's value: "text/html; charset=gbk"
  std::string url_or_path;   // becomes Document::url; its extension breaks ties
};

}  // namespace muai
