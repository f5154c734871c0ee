// Every reader of document bytes: no input may crash it, and what it returns keeps its promises.

#include <cstdint>
#include <string_view>

#include "fuzz/document_promises.h"
#include "muai/document/html.h"
#include "muai/document/read_document.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const muai::DocumentHint hint{.content_type = "text/html", .url_or_path = "https://a.example/x"};
  muai::check_promises(muai::read_html(input, hint));
  muai::check_promises(muai::read_markdown(input, hint));
  muai::check_promises(muai::read_document(input, {}));
  return 0;
}
