// Any bytes as the main part of a Word file, and as the file itself: a document that keeps its
// promises, or a typed error.

#include <cstdint>
#include <string_view>

#include "fuzz/document_promises.h"
#include "muai/document/docx.h"
#include "muai/document/read_document.h"
#include "tests/support/zip_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  muai::check_promises(muai::read_docx(input, {}));
  muai::check_promises(muai::read_document(input, {}));
  // The first byte says which part the others are.
  if (input.empty()) return 0;
  static constexpr const char* kParts[] = {"word/document.xml", "word/styles.xml", "_rels/.rels",
                                           "docProps/core.xml"};
  muai::testing::ZipFile file;
  const std::size_t chosen = bytes[0] % std::size(kParts);
  for (std::size_t i = 0; i < std::size(kParts); ++i) {
    if (i == chosen) {
      file.add(kParts[i], input.substr(1));
    } else if (i == 0) {
      file.add(kParts[i],
               "<w:document><w:body><w:p><w:pPr><w:pStyle w:val='a'/></w:pPr>"
               "<w:r><w:t>x</w:t></w:r></w:p></w:body></w:document>");
    }
  }
  muai::check_promises(muai::read_docx(file.bytes(), {}));
  return 0;
}
