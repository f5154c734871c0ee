// Any bytes as what pdftotext wrote: a document whose pages lie within its text, or a typed error.

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "document/pdf_text.h"
#include "fuzz/document_promises.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const auto document = muai::pdf_text_document(input, {});
  muai::check_promises(document);
  if (!document) return 0;
  MUAI_CHECK(std::ranges::is_sorted(document->page_starts));
  for (const std::size_t start : document->page_starts) MUAI_CHECK(start <= document->text.size());
  return 0;
}
