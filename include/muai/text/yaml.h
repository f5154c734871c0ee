#pragma once

// The one reader of YAML: configuration, workflows, rules, cases.
//
// It accepts the part of YAML that has one meaning for every reader. Refused, with line and
// column: duplicate keys, anchors and aliases, tags, keys that are no strings, more than one
// document, broken UTF-8. Plain scalars: only true and false are booleans (no, yes, on stay
// strings), integers have 64 bits, null is empty, null or ~.

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "muai/core/result.h"

namespace muai {

inline constexpr std::size_t kYamlBytesMax = 1 << 20;
inline constexpr std::size_t kYamlDepthMax = 64;
inline constexpr std::size_t kYamlNodesMax = 100'000;

// Both from 1; the column counts code points.
struct TextPosition {
  std::size_t line = 1;
  std::size_t column = 1;

  friend bool operator==(const TextPosition&, const TextPosition&) = default;
};

// What was read, and where each part of it stood. Immutable and cheap to copy; thread-safe.
class YamlDocument {
 public:
  // Null for an empty file. Members keep the order of the file.
  const boost::json::value& value() const;

  // Where the value at this JSON pointer ("" or "/nodes/0/step") begins; for one that is not
  // there, where the nearest enclosing value that exists begins.
  TextPosition position(std::string_view pointer) const;

  // Where the key of the member at this pointer stands; else as `position`.
  TextPosition key_position(std::string_view pointer) const;

  // "rules.yaml:3:5", the beginning of every message about this file.
  std::string where(std::string_view pointer) const;

  const std::string& source_name() const;

 private:
  friend class YamlReader;
  struct Rep;
  explicit YamlDocument(std::shared_ptr<const Rep> rep);
  std::shared_ptr<const Rep> rep_;
};

// Reads `bytes`; `source_name` begins every message ("rules.yaml:3:5: duplicate key 'x'; ...").
// InvalidConfig when it is not the YAML described above, LimitExceeded beyond the bounds. Linear
// time; safe for hostile bytes. Thread-safe.
Result<YamlDocument> read_yaml(std::string_view bytes, std::string_view source_name);

}  // namespace muai
