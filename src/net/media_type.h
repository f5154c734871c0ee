#pragma once

// What a response says it is, and what its first bytes say.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace muai {

// Content-Type, taken apart. Both parts in lower case, both empty when nothing usable was said.
struct MediaType {
  std::string essence;  // "text/html"
  std::string charset;
};

MediaType parse_media_type(std::string_view header);

// What the first bytes of a body look like.
enum class Sniffed : std::uint8_t { Text, Html, Xml, Pdf, Binary };

inline constexpr std::size_t kSniffBytes = 1024;

// `head` is the first kSniffBytes of the body, or all of it.
Sniffed sniff(std::string_view head);

// The media type to go by: "text/html" for Html, ...; empty for Binary.
std::string_view media_type_of(Sniffed kind);

// Whether bytes that look like `kind` may be what `type` declares. Wide encodings are full of
// zero bytes, so a declared UTF-16 or UTF-32 excuses a binary look.
bool may_be(const MediaType& type, Sniffed kind);

// True when `essence` is in `accepted`, where "text/*" stands for every text type.
bool is_accepted(std::string_view essence, std::span<const std::string> accepted);

// What pages are read from: HTML, text, Markdown, XML, JSON, PDF.
std::span<const std::string> page_media_types();

}  // namespace muai
