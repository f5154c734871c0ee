#include "document/xml_part.h"

#include <fmt/format.h>

#include <algorithm>
#include <pugixml.hpp>

#include "document/visible_text.h"
#include "muai/document/charset.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

// Offset after the tag, comment or CDATA section whose '<' stands at `at`, or npos.
std::size_t end_of_mark(std::string_view bytes, std::size_t at) {
  const auto after = [&](std::string_view end) {
    const std::size_t found = bytes.find(end, at);
    return found == std::string_view::npos ? found : found + end.size();
  };
  if (bytes.substr(at).starts_with("<!--")) return after("-->");
  if (bytes.substr(at).starts_with("<![CDATA[")) return after("]]>");
  for (std::size_t i = at + 1; i < bytes.size(); ++i) {
    if (bytes[i] == '>') return i + 1;
    if (bytes[i] != '"' && bytes[i] != '\'') continue;
    i = bytes.find(bytes[i], i + 1);
    if (i == std::string_view::npos) return i;
  }
  return std::string_view::npos;
}

// Counts elements that are open at the deepest place, before any tree is built. Linear: text that
// never ends its mark ends the scan, and is no XML.
bool is_too_deep(std::string_view bytes) {
  std::size_t depth = 0;
  for (std::size_t at = bytes.find('<'); at != std::string_view::npos; at = bytes.find('<', at)) {
    const char next = at + 1 < bytes.size() ? bytes[at + 1] : '\0';
    at = end_of_mark(bytes, at);
    if (at == std::string_view::npos) return false;
    if (next == '/') {
      depth -= depth > 0 ? 1 : 0;
    } else if (next != '!' && next != '?' && bytes[at - 2] != '/' && ++depth > kXmlDepthMax) {
      return true;
    }
  }
  return false;
}

// UTF-16 parts are legal and rare; the scans before the parser want bytes of ASCII.
std::string as_utf8(std::string bytes) {
  const bool little = bytes.starts_with("\xFF\xFE");
  if (!little && !bytes.starts_with("\xFE\xFF")) return to_valid_utf8(bytes);
  return decode_to_utf8(bytes, little ? "utf-16le" : "utf-16be");
}

}  // namespace

Result<std::unique_ptr<pugi::xml_document>> parse_xml(std::string bytes, std::string_view part,
                                                      Doctype doctype) {
  bytes = as_utf8(std::move(bytes));
  if (std::cmp_greater(std::ranges::count(bytes, '<'), kXmlMarksMax))
    return fail(ErrorCode::LimitExceeded, fmt::format("its part {} has too many elements", part));
  if (is_too_deep(bytes))
    return fail(ErrorCode::LimitExceeded,
                fmt::format("its part {} is nested deeper than {}", part, kXmlDepthMax));
  if (doctype == Doctype::Refused && bytes.find("<!DOCTYPE") != std::string::npos)
    return fail(
        ErrorCode::InvalidInput,
        fmt::format("its part {} declares a document type, which such files never do", part));
  auto document = std::make_unique<pugi::xml_document>();
  const pugi::xml_parse_result parsed = document->load_buffer(
      bytes.data(), bytes.size(), pugi::parse_default | pugi::parse_ws_pcdata, pugi::encoding_utf8);
  if (!parsed)
    return fail(ErrorCode::InvalidInput,
                fmt::format("its part {} is no XML ({})", part, parsed.description()));
  return document;
}

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  return name.substr(name.find(':') + 1);  // npos + 1 is 0
}

pugi::xml_node child_named(const pugi::xml_node& node, std::string_view name) {
  for (pugi::xml_node child = node.first_child(); child; child = child.next_sibling())
    if (local_name(child) == name) return child;
  return {};
}

std::string_view attribute_named(const pugi::xml_node& node, std::string_view name) {
  for (pugi::xml_attribute one = node.first_attribute(); one; one = one.next_attribute()) {
    const std::string_view full = one.name();
    if (full.substr(full.find(':') + 1) == name) return one.value();
  }
  return {};
}

std::string text_below(const pugi::xml_node& node) {
  std::string text;
  for (pugi::xml_node at = node.first_child(); at;) {
    if (at.type() == pugi::node_pcdata || at.type() == pugi::node_cdata)
      append_collapsed(text, at.value());
    pugi::xml_node next = at.first_child();
    while (!next && at != node) {
      next = at.next_sibling();
      if (!next) at = at.parent();
    }
    at = at == node ? pugi::xml_node() : next;
  }
  text = without_invisible(std::move(text));
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

}  // namespace muai
