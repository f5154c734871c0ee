#include "net/media_type.h"

#include <algorithm>
#include <array>

#include "net/ascii.h"

namespace muai {
namespace {

using namespace std::string_view_literals;

// Beginnings of formats that are never text. A null byte ends nothing: these are views.
constexpr std::string_view kBinaryMagic[] = {"\x89PNG\r\n"sv,
                                             "GIF8"sv,
                                             "\xFF\xD8\xFF"sv,
                                             "\x1F\x8B"sv,
                                             "PK\x03\x04"sv,
                                             "PK\x05\x06"sv,
                                             "RIFF"sv,
                                             "\x7F"
                                             "ELF"sv,
                                             "OggS"sv,
                                             "MZ\x90"sv,
                                             "7z\xBC\xAF"sv,
                                             "Rar!\x1A\x07"sv,
                                             "\0asm"sv,
                                             "\xCA\xFE\xBA\xBE"sv,
                                             "BZh"sv,
                                             "\xFD"
                                             "7zXZ"sv,
                                             "ID3"sv,
                                             "\x28\xB5\x2F\xFD"sv,
                                             "SQLite format 3"sv};

// Beginnings of HTML, in lower case; the byte after it must end the name.
constexpr std::string_view kHtmlStarts[] = {
    "<!doctype html", "<html", "<head",  "<body",  "<script", "<iframe", "<h1", "<div",  "<font",
    "<table",         "<a",    "<style", "<title", "<b",      "<br",     "<p",  "<meta", "<!--"};

bool has_wide_bom(std::string_view head) {
  return head.starts_with("\xFF\xFE"sv) || head.starts_with("\xFE\xFF"sv) ||
         head.starts_with("\0\0\xFE\xFF"sv);
}

bool is_binary_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x08 || byte == 0x0B || (byte >= 0x0E && byte <= 0x1A) ||
         (byte >= 0x1C && byte <= 0x1F);
}

bool starts_as_html(std::string_view text) {
  const std::string lowered = lower_ascii(text.substr(0, 32));
  return std::ranges::any_of(kHtmlStarts, [&](std::string_view start) {
    if (!lowered.starts_with(start)) return false;
    if (start == "<!--" || lowered.size() == start.size()) return true;
    return std::string_view(" \t\r\n\f>/").find(lowered[start.size()]) != std::string_view::npos;
  });
}

}  // namespace

MediaType parse_media_type(std::string_view header) {
  MediaType type;
  std::size_t semicolon = header.find(';');
  const std::string_view essence = trim_blanks(header.substr(0, semicolon));
  const std::size_t slash = essence.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == essence.size()) return type;
  type.essence = lower_ascii(essence);
  while (semicolon != std::string_view::npos) {
    header.remove_prefix(semicolon + 1);
    semicolon = header.find(';');
    const std::string_view parameter = trim_blanks(header.substr(0, semicolon));
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos || !type.charset.empty()) continue;
    if (!equal_fold(trim_blanks(parameter.substr(0, equals)), "charset")) continue;
    std::string_view value = trim_blanks(parameter.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    type.charset = lower_ascii(value);
  }
  return type;
}

Sniffed sniff(std::string_view head) {
  head = head.substr(0, kSniffBytes);
  if (std::ranges::any_of(kBinaryMagic,
                          [&](std::string_view magic) { return head.starts_with(magic); })) {
    return Sniffed::Binary;
  }
  if (head.starts_with("%PDF-")) return Sniffed::Pdf;
  if (has_wide_bom(head)) return Sniffed::Text;
  if (std::ranges::any_of(head, is_binary_byte)) return Sniffed::Binary;
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  head = trim_blanks(head);
  if (starts_as_html(head)) return Sniffed::Html;
  if (head.starts_with("<?xml")) return Sniffed::Xml;
  return Sniffed::Text;
}

std::string_view media_type_of(Sniffed kind) {
  switch (kind) {
    case Sniffed::Text: return "text/plain";
    case Sniffed::Html: return "text/html";
    case Sniffed::Xml: return "application/xml";
    case Sniffed::Pdf: return "application/pdf";
    case Sniffed::Binary: return "";
  }
  return "";
}

bool may_be(const MediaType& type, Sniffed kind) {
  if (type.essence == "application/pdf") return kind == Sniffed::Pdf;
  if (kind == Sniffed::Binary) {
    return type.charset.starts_with("utf-16") || type.charset.starts_with("utf-32");
  }
  return kind != Sniffed::Pdf;
}

bool is_accepted(std::string_view essence, std::span<const std::string> accepted) {
  return std::ranges::any_of(accepted, [&](const std::string& pattern) {
    if (!pattern.ends_with("/*")) return essence == pattern;
    return essence.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
  });
}

std::span<const std::string> page_media_types() {
  static const std::array<std::string, 14> kTypes{"text/html",
                                                  "application/xhtml+xml",
                                                  "text/plain",
                                                  "text/markdown",
                                                  "text/x-markdown",
                                                  "text/x-rst",
                                                  "text/csv",
                                                  "text/xml",
                                                  "application/xml",
                                                  "application/rss+xml",
                                                  "application/atom+xml",
                                                  "application/json",
                                                  "application/ld+json",
                                                  "application/pdf"};
  return kTypes;
}

}  // namespace muai
