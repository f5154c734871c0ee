#pragma once

// A schema compiled to rules that refer to each other by number: references are resolved once,
// and a reference that leads back to its own schema is just a number again.

#include <re2/re2.h>

#include <boost/json.hpp>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "muai/core/result.h"
#include "muai/text/json_schema.h"

namespace muai {

using RuleId = std::uint32_t;
inline constexpr RuleId kNoRule = std::numeric_limits<RuleId>::max();

enum JsonType : std::uint8_t {
  TypeNull = 1,
  TypeBoolean = 2,
  TypeObject = 4,
  TypeArray = 8,
  TypeNumber = 16,
  TypeString = 32,
  TypeInteger = 64,
};

// Inclusive bounds of a count.
struct CountRange {
  std::uint64_t min = 0;
  std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
};

// One schema object; a member that the schema does not have does not restrict.
struct Rule {
  bool nothing = false;                     // the schema `false`
  std::uint8_t types = 0;                   // JsonType bits; 0 allows all
  std::vector<boost::json::value> choices;  // enum, or the one value of const
  bool has_choices = false;
  std::vector<std::pair<std::string, RuleId>> properties;
  std::vector<std::string> required;
  RuleId additional = kNoRule;
  RuleId items = kNoRule;
  CountRange length;
  CountRange item_count;
  CountRange member_count;
  std::optional<boost::json::value> minimum;
  std::optional<boost::json::value> maximum;
  std::optional<boost::json::value> above;  // exclusiveMinimum
  std::optional<boost::json::value> below;  // exclusiveMaximum
  std::shared_ptr<const re2::RE2> pattern;
  std::vector<RuleId> one_of;
  std::vector<RuleId> any_of;
  std::vector<RuleId> all_of;
  RuleId reference = kNoRule;
};

struct SchemaRules {
  std::vector<Rule> all;
  RuleId first = kNoRule;  // the schema itself
};

// "a string", "an integer", for messages.
std::string_view name_of_types(std::uint8_t types);

// Compiles the schema with all that it holds.
Result<SchemaRules> compile_rules(const boost::json::value& schema);

// Negative, 0 or positive as a < b, a == b, a > b. REQUIRES: both are numbers.
int compare_numbers(const boost::json::value& a, const boost::json::value& b);

// Equal as JSON: numbers by value, whatever their form; objects whatever their order.
bool equal_json(const boost::json::value& a, const boost::json::value& b);

}  // namespace muai
