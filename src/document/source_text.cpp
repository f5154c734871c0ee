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

bool is_number_at(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return false;
  return std::ranges::all_of(text.substr(at, digits), ascii_is_digit);
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

Error cannot_read_error(Error error, const DocumentHint& hint, std::string_view kind) {
  std::string message =
      fmt::format("{} cannot be read as {}: {}", name_of_source(hint), kind, error.message());
  return std::move(error).with_message(std::move(message));
}

std::string iso_day(std::string_view text) {
  text = ascii_trim(text);
  if (!is_number_at(text, 0, 4) || text.size() < 10) return {};
  const char separator = text[4];
  if ((separator != '-' && separator != '/') || text[7] != separator) return {};
  if (!is_number_at(text, 5, 2) || !is_number_at(text, 8, 2)) return {};
  std::string day(text.substr(0, 10));
  day[4] = day[7] = '-';
  const int month = (day[5] - '0') * 10 + day[6] - '0';
  const int date = (day[8] - '0') * 10 + day[9] - '0';
  return month >= 1 && month <= 12 && date >= 1 && date <= 31 ? day : std::string();
}

std::string language_tag(std::string text) {
  text = ascii_lower(text);
  std::ranges::replace(text, '_', '-');
  const bool is_tag = !text.empty() && text.size() <= 35 && std::ranges::all_of(text, [](char c) {
    return ascii_is_letter(c) || ascii_is_digit(c) || c == '-';
  });
  return is_tag ? text : std::string();
}

}  // namespace muai
