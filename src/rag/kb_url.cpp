#include "rag/kb_url.h"

#include <fmt/format.h>

#include "muai/text/utf8.h"

namespace muai {
namespace {

bool stays_as_it_is(char32_t value) {
  if (value >= 0x80) return true;
  constexpr std::string_view kEncoded = "\"#%<>?\\^`{|}";
  return value > 0x20 && value != 0x7f &&
         kEncoded.find(static_cast<char>(value)) == std::string_view::npos;
}

}  // namespace

std::string make_kb_url(std::string_view collection, std::string_view path) {
  std::string url = fmt::format("kb://{}/", collection);
  for (Utf8Cursor at(path); !at.done(); at.next()) {
    const std::string_view bytes = path.substr(at.offset(), at.size());
    if (at.valid() && stays_as_it_is(at.value())) {
      url += bytes;
    } else {
      for (const char byte : bytes) url += fmt::format("%{:02X}", static_cast<unsigned char>(byte));
    }
  }
  return url;
}

std::string with_span(std::string_view document_url, std::size_t begin, std::size_t end) {
  return fmt::format("{}#{}-{}", document_url, begin, end);
}

std::string_view without_fragment(std::string_view url) { return url.substr(0, url.find('#')); }

}  // namespace muai
