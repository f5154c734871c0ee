#pragma once

// A validator for the part of JSON Schema 2020-12 that MuAI publishes and asks models for.
//
// Known keywords: type, enum, const, properties, required, additionalProperties, items, minItems,
// maxItems, minProperties, maxProperties, minLength, maxLength (code points), minimum, maximum,
// exclusiveMinimum, exclusiveMaximum, pattern (RE2), oneOf, anyOf, allOf, $ref to "#" or
// "#/$defs/NAME", $defs (at the top).
// $schema, $id, $comment, title, description, default, examples, format are read over. Any other
// keyword is an error when the schema is compiled, so that a misspelt rule cannot be silently true.

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/result.h"

namespace muai {

class YamlDocument;
struct SchemaRules;

// Schemas inside schemas, references followed included.
inline constexpr std::size_t kSchemaDepthMax = 128;

// Validation stops after this many violations, and after kSchemaStepsMax comparisons of a schema
// with a value, which is itself a violation: references may multiply without end.
inline constexpr std::size_t kSchemaViolationsMax = 100;
inline constexpr std::size_t kSchemaStepsMax = 1'000'000;

struct SchemaViolation {
  std::string pointer;  // JSON pointer of the value, "" for the whole
  std::string what;     // "unknown member 'stpe'; did you mean 'step'?"
  bool of_key = false;  // about the member's name rather than its value

  std::string to_string() const;  // "/nodes/0: what"; "what" for the whole
};

// A compiled schema. Immutable, cheap to copy, thread-safe.
class JsonSchema {
 public:
  // InvalidConfig names the place in the schema and what is wrong there.
  static Result<JsonSchema> compile(const boost::json::value& schema);
  static Result<JsonSchema> parse(std::string_view json);

  // Every violation, in document order; empty when `value` is valid.
  std::vector<SchemaViolation> validate(const boost::json::value& value) const;

 private:
  explicit JsonSchema(std::shared_ptr<const SchemaRules> rules);
  std::shared_ptr<const SchemaRules> rules_;
};

// All violations in one InvalidConfig error, a line each: "rules.yaml:3:5: /a/b: what".
Result<void> check_yaml(const YamlDocument& document, const JsonSchema& schema);

}  // namespace muai
