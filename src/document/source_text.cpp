#include "document/source_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "document/ascii.h"
#include "document/visible_text.h"
#include "muai/document/charset.h"

namespace muai {
namespace {

std::string_view file_name_of(std::string_view url_or_path) {
  const std::string_view path = url_or_path.substr(0, url_or_path.find_first_of("?#"));
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

Document new_document(DocumentKind kind, const DocumentHint& hint) {
  Document document;
  document.kind = kind;
  document.url = hint.url_or_path;
  const std::string_view name = file_name_of(hint.url_or_path);
  document.title = name.substr(0, name.rfind('.') == 0 ? name.size() : name.rfind('.'));
  return document;
}

std::string decode_text(std::string_view bytes, const DocumentHint& hint) {
  const Charset charset =
      detect_charset(bytes, charset_parameter(hint.content_type), CharsetContent::Text);
  const std::string decoded = decode_to_utf8(bytes, charset.name);
  std::string out;
  out.reserve(decoded.size());
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    if (decoded[i] == '\r') {
      out += '\n';
      if (i + 1 < decoded.size() && decoded[i + 1] == '\n') ++i;
    } else if (decoded[i] == '\f') {
      out += "\n\n";
    } else {
      out += decoded[i];
    }
  }
  return without_invisible(std::move(out));
}

std::string_view name_of_source(const DocumentHint& hint) {
  return hint.url_or_path.empty() ? std::string_view("the document") : hint.url_or_path;
}

std::string extension_of(std::string_view url_or_path) {
  const std::string_view name = file_name_of(url_or_path);
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string() : ascii_lower(name.substr(dot + 1));
}

Error no_text_error(const DocumentHint& hint) {
  return Error(ErrorCode::InvalidInput,
               fmt::format("{} holds no text; remove it from the list of sources or fill it",
                           name_of_source(hint)));
}

}  // namespace muai
