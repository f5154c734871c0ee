// Every reader of document bytes: no input may crash it, and what it returns keeps its promises.

#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/document_promises.h"
#include "muai/core/check.h"
#include "muai/document/html.h"
#include "muai/document/read_document.h"
#include "muai/document/reading.h"
#include "muai/text/utf8.h"

namespace {

// What is explained is what is read.
void check(const muai::Reading& reading, const muai::Result<muai::Document>& document) {
  MUAI_CHECK(reading.document.text == (document ? document->text : std::string()));
  std::size_t kept = 0;
  for (const muai::BlockVerdict& verdict : reading.verdicts) {
    MUAI_CHECK(!verdict.text.empty() && !verdict.reason.empty());
    MUAI_CHECK(muai::is_valid_utf8(verdict.text));
    kept += verdict.fate == muai::BlockFate::Kept ? 1 : 0;
  }
  MUAI_CHECK(kept == reading.document.blocks.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const muai::DocumentHint hint{.content_type = "text/html", .url_or_path = "https://a.example/x"};
  const muai::Result<muai::Document> page = muai::read_html(input, hint);
  muai::check_promises(page);
  check(muai::explain_html(input, hint), page);
  muai::check_promises(muai::read_markdown(input, hint));
  muai::check_promises(muai::read_document(input, {}));
  return 0;
}
