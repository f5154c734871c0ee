#pragma once

// XML of office files and e-books: a tree without document types, entities of its own and depth
// beyond use. Names are compared without their namespace prefix.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "muai/core/result.h"

namespace pugi {
class xml_document;
class xml_node;
}  // namespace pugi

namespace muai {

inline constexpr std::size_t kXmlDepthMax = 200;
inline constexpr std::size_t kXmlMarksMax = 2'000'000;  // '<' in one part

// Whether a document type may stand in the part. It is passed over: nothing in it is expanded.
enum class Doctype : std::uint8_t { Refused, PassedOver };

// Parses `bytes` (UTF-8 or UTF-16). InvalidInput for what is no XML or has a refused document type,
// LimitExceeded beyond the bounds; messages are clauses about the file. `part` names it in them.
Result<std::unique_ptr<pugi::xml_document>> parse_xml(std::string bytes, std::string_view part,
                                                      Doctype doctype);

// "p" of "w:p".
std::string_view local_name(const pugi::xml_node& node);
// The first child of that local name; a null node when there is none.
pugi::xml_node child_named(const pugi::xml_node& node, std::string_view name);
// The value of the attribute with that local name, or "". The view lives as long as the document.
std::string_view attribute_named(const pugi::xml_node& node, std::string_view name);
// All text below the node, in order, white space collapsed. Iterative.
std::string text_below(const pugi::xml_node& node);

}  // namespace muai
