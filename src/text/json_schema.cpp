// Validation walks value and rules together and collects what is wrong instead of stopping, so that
// a person sees all faults of a file at once. Steps and depth are counted: the rules may refer to
// each other in circles.
#include "muai/text/json_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "muai/core/json.h"
#include "muai/core/nearest.h"
#include "muai/text/utf8.h"
#include "muai/text/yaml.h"
#include "text/json_schema_rules.h"

namespace muai {
namespace {

namespace json = boost::json;

constexpr std::size_t kShownBytesMax = 80;

std::string_view view(json::string_view text) { return {text.data(), text.size()}; }

std::uint8_t type_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return TypeNull;
    case json::kind::bool_: return TypeBoolean;
    case json::kind::object: return TypeObject;
    case json::kind::array: return TypeArray;
    case json::kind::string: return TypeString;
    case json::kind::int64:
    case json::kind::uint64: return TypeInteger;
    case json::kind::double_: break;
  }
  // 1.0 is an integer for JSON Schema.
  const double number = value.get_double();
  return std::isfinite(number) && std::trunc(number) == number ? TypeInteger : TypeNumber;
}

std::string shown(const json::value& value) {
  if (const json::string* text = value.if_string()) {
    return fmt::format("'{}'", first_code_points(view(*text), kShownBytesMax));
  }
  if (value.is_array()) return "a list";
  if (value.is_object()) return "an object";
  return json::serialize(value);
}

// Checks one value against the rules, collecting violations.
class Validator {
 public:
  explicit Validator(const SchemaRules& schema) : schema_(schema) {}

  std::vector<SchemaViolation> run(const json::value& value) {
    check(schema_.first, value, "", 0);
    return std::move(violations_);
  }

 private:
  void add(const std::string& pointer, std::string what, bool of_key = false) {
    if (violations_.size() < kSchemaViolationsMax) {
      violations_.push_back({pointer, std::move(what), of_key});
    }
  }

  bool within_bounds(const std::string& pointer, std::size_t depth) {
    if (exhausted_ || violations_.size() >= kSchemaViolationsMax) return false;
    if (depth <= kSchemaDepthMax && ++steps_ <= kSchemaStepsMax) return true;
    exhausted_ = true;
    add(pointer, "the schema refers to itself too often to be checked here");
    return false;
  }

  void check(RuleId id, const json::value& value, const std::string& pointer, std::size_t depth) {
    if (!within_bounds(pointer, depth)) return;
    const Rule& rule = schema_.all[id];
    if (rule.nothing) {
      add(pointer, "must not be here");
      return;
    }
    const std::uint8_t type = type_of(value);
    if (rule.types != 0 && (rule.types & type) == 0) {
      add(pointer, fmt::format("must be {}, is {}", spoken(rule.types), name_of_types(type)));
      return;
    }
    if (rule.has_choices) check_choices(rule, value, pointer);
    if (const json::string* text = value.if_string()) check_string(rule, view(*text), pointer);
    if (value.is_number()) check_number(rule, value, pointer);
    if (const json::array* items = value.if_array()) check_items(rule, *items, pointer, depth);
    if (const json::object* members = value.if_object()) {
      check_members(rule, *members, pointer, depth);
    }
    check_references(rule, value, pointer, depth);
  }

  static std::string spoken(std::uint8_t types) {
    if (name_of_types(types) != name_of_types(0)) return std::string(name_of_types(types));
    std::string all;
    if ((types & (TypeNumber | TypeInteger)) == (TypeNumber | TypeInteger)) {
      all = "a number";
      types = static_cast<std::uint8_t>(types & ~(TypeNumber | TypeInteger));
    }
    for (unsigned bit = 1; bit <= TypeInteger; bit <<= 1) {
      if ((types & bit) == 0) continue;
      all += all.empty() ? "" : " or ";
      all += name_of_types(static_cast<std::uint8_t>(bit));
    }
    return all;
  }

  void check_choices(const Rule& rule, const json::value& value, const std::string& pointer) {
    std::vector<std::string> names;
    for (const json::value& choice : rule.choices) {
      if (equal_json(choice, value)) return;
      names.push_back(choice.is_string() ? std::string(view(choice.get_string())) : shown(choice));
    }
    if (names.size() == 1) {
      add(pointer, fmt::format("must be {}, is {}", shown(rule.choices[0]), shown(value)));
      return;
    }
    const std::string_view said = value.is_string() ? view(value.get_string()) : std::string_view();
    std::string remedy = did_you_mean(said, names);
    add(pointer, fmt::format("{} is not among the values allowed; {}", shown(value), remedy));
  }

  void check_count(const CountRange& range, std::uint64_t count, std::string_view what,
                   const std::string& pointer) {
    if (count < range.min) {
      add(pointer, fmt::format("has {} {}; at least {} needed", count, what, range.min));
    } else if (count > range.max) {
      add(pointer, fmt::format("has {} {}; at most {} allowed", count, what, range.max));
    }
  }

  void check_string(const Rule& rule, std::string_view text, const std::string& pointer) {
    check_count(rule.length, count_code_points(text), "characters", pointer);
    if (rule.pattern != nullptr &&
        !re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *rule.pattern)) {
      add(pointer, fmt::format("'{}' does not match {}", first_code_points(text, kShownBytesMax),
                               rule.pattern->pattern()));
    }
  }

  void check_number(const Rule& rule, const json::value& number, const std::string& pointer) {
    const auto limit = [&](const std::optional<json::value>& bound, std::string_view what,
                           auto&& holds) {
      if (bound && !holds(compare_numbers(number, *bound))) {
        add(pointer,
            fmt::format("{} is out of range; must be {} {}", shown(number), what, shown(*bound)));
      }
    };
    limit(rule.minimum, "at least", [](int order) { return order >= 0; });
    limit(rule.maximum, "at most", [](int order) { return order <= 0; });
    limit(rule.above, "more than", [](int order) { return order > 0; });
    limit(rule.below, "less than", [](int order) { return order < 0; });
  }

  void check_items(const Rule& rule, const json::array& items, const std::string& pointer,
                   std::size_t depth) {
    check_count(rule.item_count, items.size(), "items", pointer);
    if (rule.items == kNoRule) return;
    for (std::size_t i = 0; i < items.size(); ++i) {
      check(rule.items, items[i], fmt::format("{}/{}", pointer, i), depth + 1);
    }
  }

  void check_members(const Rule& rule, const json::object& members, const std::string& pointer,
                     std::size_t depth) {
    check_count(rule.member_count, members.size(), "members", pointer);
    for (const std::string& name : rule.required) {
      if (!members.contains(name)) {
        add(pointer, fmt::format("member '{}' is missing", name));
      }
    }
    for (const auto& member : members) {
      const std::string_view name = view(member.key());
      const auto known = std::ranges::find(
          rule.properties, name,
          [](const auto& property) -> std::string_view { return property.first; });
      if (known != rule.properties.end()) {
        check(known->second, member.value(), pointer_to_member(pointer, name), depth + 1);
      } else if (rule.additional != kNoRule) {
        check_unknown(rule, name, member.value(), pointer, depth);
      }
    }
  }

  void check_unknown(const Rule& rule, std::string_view name, const json::value& value,
                     const std::string& pointer, std::size_t depth) {
    if (!schema_.all[rule.additional].nothing) {
      check(rule.additional, value, pointer_to_member(pointer, name), depth + 1);
      return;
    }
    std::vector<std::string> names;
    for (const auto& [known, id] : rule.properties) names.push_back(known);
    add(pointer_to_member(pointer, name),
        fmt::format("unknown member '{}'; {}", first_code_points(name, kShownBytesMax),
                    did_you_mean(name, names)),
        true);
  }

  void check_references(const Rule& rule, const json::value& value, const std::string& pointer,
                        std::size_t depth) {
    if (rule.reference != kNoRule) check(rule.reference, value, pointer, depth + 1);
    for (const RuleId id : rule.all_of) check(id, value, pointer, depth + 1);
    if (!rule.any_of.empty()) check_forms(rule.any_of, value, pointer, depth);
    if (!rule.one_of.empty() && check_forms(rule.one_of, value, pointer, depth) > 1) {
      add(pointer, "matches more than one of the forms of which exactly one is allowed");
    }
  }

  // How many of the forms hold; when none does, what the nearest one found wrong is reported.
  std::size_t check_forms(const std::vector<RuleId>& forms, const json::value& value,
                          const std::string& pointer, std::size_t depth) {
    std::vector<SchemaViolation> before = std::move(violations_);
    std::vector<SchemaViolation> nearest;
    std::size_t holding = 0;
    for (const RuleId form : forms) {
      violations_.clear();
      check(form, value, pointer, depth + 1);
      if (violations_.empty()) {
        ++holding;
      } else if (nearest.empty() || is_nearer(violations_, nearest)) {
        nearest = std::move(violations_);
      }
      if (exhausted_) break;
    }
    violations_ = std::move(before);
    if (holding == 0 || exhausted_) {
      for (SchemaViolation& violation : nearest) {
        add(violation.pointer, std::move(violation.what), violation.of_key);
      }
    }
    return holding;
  }

  // A form that went wrong deeper inside is the one that was meant; then the one with fewer faults.
  static bool is_nearer(const std::vector<SchemaViolation>& a,
                        const std::vector<SchemaViolation>& b) {
    const auto shallowest = [](const std::vector<SchemaViolation>& all) {
      std::size_t depth = SIZE_MAX;
      for (const SchemaViolation& one : all) {
        const auto slashes = std::ranges::count(one.pointer, '/') - (one.of_key ? 1 : 0);
        depth = std::min(depth, static_cast<std::size_t>(slashes));
      }
      return depth;
    };
    const std::size_t depth_a = shallowest(a);
    const std::size_t depth_b = shallowest(b);
    return depth_a != depth_b ? depth_a > depth_b : a.size() < b.size();
  }

  const SchemaRules& schema_;
  std::vector<SchemaViolation> violations_;
  std::size_t steps_ = 0;
  bool exhausted_ = false;
};

}  // namespace

int compare_numbers(const json::value& a, const json::value& b) {
  // Integers are compared as integers: beyond 2^53 a double would confuse neighbours. An uint64
  // here is always above every int64, as the parser gives uint64 only then; one built by hand may
  // not be, so it is brought down first.
  const auto integer =
      [](const json::value& value) -> std::optional<std::pair<bool, std::uint64_t>> {
    if (value.is_uint64()) return std::pair(true, value.get_uint64());
    if (!value.is_int64()) return std::nullopt;
    return std::pair(value.get_int64() >= 0, static_cast<std::uint64_t>(value.get_int64()));
  };
  const auto first = integer(a);
  const auto second = integer(b);
  if (first && second) {
    // Two's complement keeps the order of negative numbers among themselves.
    return *first < *second ? -1 : (*first > *second ? 1 : 0);
  }
  const auto x = a.to_number<double>();
  const auto y = b.to_number<double>();
  return x < y ? -1 : (x > y ? 1 : 0);
}

bool equal_json(const json::value& a, const json::value& b) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == 0;
  if (a.kind() != b.kind()) return false;
  if (const json::array* items = a.if_array()) {
    return std::ranges::equal(*items, b.get_array(), equal_json);
  }
  if (const json::object* members = a.if_object()) {
    const json::object& others = b.get_object();
    return members->size() == others.size() &&
           std::ranges::all_of(*members, [&others](const auto& member) {
             const json::value* other = others.if_contains(member.key());
             return other != nullptr && equal_json(member.value(), *other);
           });
  }
  return a == b;
}

std::string SchemaViolation::to_string() const {
  return pointer.empty() ? what : fmt::format("{}: {}", pointer, what);
}

JsonSchema::JsonSchema(std::shared_ptr<const SchemaRules> rules) : rules_(std::move(rules)) {}

Result<JsonSchema> JsonSchema::compile(const json::value& schema) {
  MUAI_TRY(SchemaRules rules, compile_rules(schema));
  return JsonSchema(std::make_shared<const SchemaRules>(std::move(rules)));
}

Result<JsonSchema> JsonSchema::parse(std::string_view text) {
  json::error_code error;
  json::parse_options options;
  options.max_depth = kSchemaDepthMax;
  const json::value schema =
      json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  if (error) {
    return fail(
        ErrorCode::InvalidConfig,
        fmt::format("the schema is not JSON: {}; check it with a JSON reader", error.message()));
  }
  return compile(schema);
}

std::vector<SchemaViolation> JsonSchema::validate(const json::value& value) const {
  return Validator(*rules_).run(value);
}

Result<void> check_yaml(const YamlDocument& document, const JsonSchema& schema) {
  std::string lines;
  for (const SchemaViolation& violation : schema.validate(document.value())) {
    const TextPosition at = violation.of_key ? document.key_position(violation.pointer)
                                             : document.position(violation.pointer);
    lines += fmt::format("{}{}:{}:{}: {}", lines.empty() ? "" : "\n", document.source_name(),
                         at.line, at.column, violation.to_string());
  }
  if (lines.empty()) return {};
  return fail(ErrorCode::InvalidConfig, std::move(lines));
}

}  // namespace muai
