// Every reader of document bytes: no input may crash it, and what it returns keeps its promises.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "muai/core/check.h"
#include "muai/document/html.h"
#include "muai/document/read_document.h"
#include "muai/text/utf8.h"

namespace {

void check(const muai::Result<muai::Document>& document) {
  if (!document) {
    MUAI_CHECK(!document.error().message().empty());
    return;
  }
  MUAI_CHECK(!document->text.empty());
  MUAI_CHECK(muai::is_valid_utf8(document->text));
  MUAI_CHECK(muai::is_valid_utf8(document->title));
  MUAI_CHECK(muai::is_valid_utf8(document->author));
  std::size_t end = 0;
  for (const muai::Block& block : document->blocks) {
    MUAI_CHECK(block.span.begin >= end && block.span.begin < block.span.end);
    end = block.span.end;
  }
  MUAI_CHECK(end == document->text.size());
  for (const muai::Heading& heading : document->headings)
    MUAI_CHECK(heading.span.of(document->text) == heading.title);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const muai::DocumentHint hint{.content_type = "text/html", .url_or_path = "https://a.example/x"};
  check(muai::read_html(input, hint));
  check(muai::read_markdown(input, hint));
  check(muai::read_document(input, {}));
  return 0;
}
