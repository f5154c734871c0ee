// Any bytes as a part of an e-book, and as the book itself: a document that keeps its promises, or
// a typed error.

#include <cstdint>
#include <string_view>

#include "fuzz/document_promises.h"
#include "muai/document/epub.h"
#include "tests/support/zip_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  muai::check_promises(muai::read_epub(input, {}));
  if (input.empty()) return 0;
  static constexpr std::pair<const char*, const char*> kParts[] = {
      {"META-INF/container.xml",
       "<container><rootfiles><rootfile full-path='o/p.opf'/></rootfiles></container>"},
      {"o/p.opf",
       "<package><metadata><title>T</title></metadata><manifest><item id='a' href='a.xhtml' "
       "media-type='application/xhtml+xml'/></manifest><spine><itemref idref='a'/></spine>"
       "</package>"},
      {"o/a.xhtml", "<html><body><p>One sentence.</p></body></html>"}};
  const std::size_t chosen = bytes[0] % std::size(kParts);
  muai::testing::ZipFile file;
  for (std::size_t i = 0; i < std::size(kParts); ++i)
    file.add(kParts[i].first, i == chosen ? input.substr(1) : std::string_view(kParts[i].second));
  muai::check_promises(muai::read_epub(file.bytes(), {}));
  return 0;
}
