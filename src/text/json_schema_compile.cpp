// Schema text to rules (json_schema_rules.h). A keyword not in the table is an error: a misspelt
// rule must not be silently true.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "muai/core/json.h"
#include "muai/core/nearest.h"
#include "text/json_schema_rules.h"

namespace muai {
namespace {

namespace json = boost::json;

constexpr std::int64_t kPatternMemoryBytes = 1 << 20;
constexpr std::size_t kPatternBytesMax = 4096;

constexpr auto kKeywords = std::to_array<std::string_view>({"type",
                                                            "enum",
                                                            "const",
                                                            "properties",
                                                            "required",
                                                            "additionalProperties",
                                                            "items",
                                                            "minItems",
                                                            "maxItems",
                                                            "minProperties",
                                                            "maxProperties",
                                                            "minLength",
                                                            "maxLength",
                                                            "minimum",
                                                            "maximum",
                                                            "exclusiveMinimum",
                                                            "exclusiveMaximum",
                                                            "pattern",
                                                            "oneOf",
                                                            "anyOf",
                                                            "allOf",
                                                            "$ref",
                                                            "$defs",
                                                            "$schema",
                                                            "$id",
                                                            "$comment",
                                                            "title",
                                                            "description",
                                                            "default",
                                                            "examples",
                                                            "format"});

struct TypeName {
  std::string_view name;
  std::uint8_t bits;
  std::string_view spoken;
};

constexpr auto kTypes = std::to_array<TypeName>({{"null", TypeNull, "null"},
                                                 {"boolean", TypeBoolean, "true or false"},
                                                 {"object", TypeObject, "an object"},
                                                 {"array", TypeArray, "a list"},
                                                 {"integer", TypeInteger, "an integer"},
                                                 {"number", TypeNumber | TypeInteger, "a number"},
                                                 {"string", TypeString, "a string"}});

struct Refusal {
  std::string pointer;
  std::string what;
};

class Compiler {
 public:
  Result<SchemaRules> run(const json::value& schema) {
    try {
      declare_definitions(schema);
      rules_.first = root_;
      fill(root_, schema, "", 0);
      fill_definitions(schema);
    } catch (const Refusal& refusal) {
      return fail(ErrorCode::InvalidConfig,
                  fmt::format("schema at '{}': {}", refusal.pointer, refusal.what));
    }
    return std::move(rules_);
  }

 private:
  [[noreturn]] static void refuse(const std::string& pointer, std::string what) {
    throw Refusal{pointer, std::move(what)};
  }

  RuleId add() {
    rules_.all.emplace_back();
    return static_cast<RuleId>(rules_.all.size() - 1);
  }

  // Definitions get their numbers first, so that a reference may precede what it names.
  void declare_definitions(const json::value& schema) {
    root_ = add();
    if (!schema.is_object()) return;
    const json::value* definitions = schema.get_object().if_contains("$defs");
    if (definitions == nullptr) return;
    if (!definitions->is_object()) refuse("/$defs", "must be an object");
    for (const auto& member : definitions->get_object()) {
      definitions_.emplace_back(std::string(member.key()), add());
    }
  }

  void fill_definitions(const json::value& schema) {
    for (const auto& [name, id] : definitions_) {
      fill(id, schema.get_object().at("$defs").get_object().at(name),
           pointer_to_member("/$defs", name), 1);
    }
  }

  RuleId compile(const json::value& schema, const std::string& pointer, std::size_t depth) {
    const RuleId id = add();
    fill(id, schema, pointer, depth);
    return id;
  }

  void fill(RuleId id, const json::value& schema, const std::string& pointer, std::size_t depth) {
    if (depth > kSchemaDepthMax) refuse(pointer, "schemas nest too deep");
    Rule rule;
    if (schema.is_bool()) {
      rule.nothing = !schema.get_bool();
    } else if (schema.is_object()) {
      for (const auto& member : schema.get_object()) {
        const std::string_view key(member.key().data(), member.key().size());
        read_keyword(rule, key, member.value(), pointer_to_member(pointer, key), depth);
      }
    } else {
      refuse(pointer, "a schema is an object, true or false");
    }
    rules_.all[id] = std::move(rule);
  }

  void read_keyword(Rule& rule, std::string_view key, const json::value& value,
                    const std::string& at, std::size_t depth) {
    if (std::ranges::find(kKeywords, key) == kKeywords.end()) {
      refuse(at, fmt::format("unknown keyword '{}'; {}", key, did_you_mean(key, kKeywords, 40)));
    }
    if (key == "$defs" && at != "/$defs") refuse(at, "$defs stands at the top only");
    if (read_value_keyword(rule, key, value, at)) return;
    if (read_bound(rule, key, value, at)) return;
    read_applicator(rule, key, value, at, depth);
  }

  static bool read_value_keyword(Rule& rule, std::string_view key, const json::value& value,
                                 const std::string& at) {
    if (key == "type") {
      rule.types = read_types(value, at);
    } else if (key == "enum") {
      if (!value.is_array() || value.get_array().empty()) refuse(at, "must be a list with values");
      rule.choices.assign(value.get_array().begin(), value.get_array().end());
      rule.has_choices = true;
    } else if (key == "const") {
      rule.choices.assign(1, value);
      rule.has_choices = true;
    } else if (key == "pattern") {
      rule.pattern = read_pattern(value, at);
    } else if (key == "required") {
      if (!value.is_array()) refuse(at, "must be a list of names");
      for (const json::value& name : value.get_array()) {
        if (!name.is_string()) refuse(at, "must be a list of names");
        rule.required.emplace_back(name.get_string().data(), name.get_string().size());
      }
    } else {
      return false;
    }
    return true;
  }

  static bool read_bound(Rule& rule, std::string_view key, const json::value& value,
                         const std::string& at) {
    const auto number = [&] {
      if (!value.is_number()) refuse(at, "must be a number");
      return value;
    };
    const auto count = [&] {
      if (value.is_uint64()) return value.get_uint64();
      if (!value.is_int64() || value.get_int64() < 0) refuse(at, "must be a count, 0 or more");
      return static_cast<std::uint64_t>(value.get_int64());
    };
    if (key == "minLength")
      rule.length.min = count();
    else if (key == "maxLength")
      rule.length.max = count();
    else if (key == "minItems")
      rule.item_count.min = count();
    else if (key == "maxItems")
      rule.item_count.max = count();
    else if (key == "minProperties")
      rule.member_count.min = count();
    else if (key == "maxProperties")
      rule.member_count.max = count();
    else if (key == "minimum")
      rule.minimum = number();
    else if (key == "maximum")
      rule.maximum = number();
    else if (key == "exclusiveMinimum")
      rule.above = number();
    else if (key == "exclusiveMaximum")
      rule.below = number();
    else
      return false;
    return true;
  }

  void read_applicator(Rule& rule, std::string_view key, const json::value& value,
                       const std::string& at, std::size_t depth) {
    if (key == "properties") {
      if (!value.is_object()) refuse(at, "must be an object");
      for (const auto& member : value.get_object()) {
        const std::string name(member.key());
        rule.properties.emplace_back(
            name, compile(member.value(), pointer_to_member(at, name), depth + 1));
      }
    } else if (key == "additionalProperties") {
      rule.additional = compile(value, at, depth + 1);
    } else if (key == "items") {
      rule.items = compile(value, at, depth + 1);
    } else if (key == "oneOf") {
      rule.one_of = compile_all(value, at, depth);
    } else if (key == "anyOf") {
      rule.any_of = compile_all(value, at, depth);
    } else if (key == "allOf") {
      rule.all_of = compile_all(value, at, depth);
    } else if (key == "$ref") {
      rule.reference = read_reference(value, at);
    }
  }

  std::vector<RuleId> compile_all(const json::value& value, const std::string& at,
                                  std::size_t depth) {
    if (!value.is_array() || value.get_array().empty()) refuse(at, "must be a list of schemas");
    std::vector<RuleId> ids;
    for (const json::value& schema : value.get_array()) {
      ids.push_back(compile(schema, fmt::format("{}/{}", at, ids.size()), depth + 1));
    }
    return ids;
  }

  RuleId read_reference(const json::value& value, const std::string& at) const {
    constexpr std::string_view kDefinitions = "#/$defs/";
    if (!value.is_string()) refuse(at, "must be a string");
    const std::string_view target(value.get_string().data(), value.get_string().size());
    if (target == "#") return root_;
    if (!target.starts_with(kDefinitions)) {
      refuse(at, fmt::format("'{}' leads outside; use '#' or '#/$defs/NAME'", target));
    }
    std::vector<std::string> names;
    for (const auto& [name, id] : definitions_) {
      if (pointer_to_member("#/$defs", name) == target) return id;
      names.push_back(name);
    }
    const std::string_view name = target.substr(kDefinitions.size());
    refuse(at, fmt::format("no definition '{}'; {}", name, did_you_mean(name, names)));
  }

  static std::uint8_t read_types(const json::value& value, const std::string& at) {
    if (value.is_string()) return read_type(value.get_string(), at);
    if (!value.is_array() || value.get_array().empty()) {
      refuse(at, "must be a type or a list of types");
    }
    std::uint8_t types = 0;
    for (const json::value& name : value.get_array()) {
      if (!name.is_string()) refuse(at, "must be a type or a list of types");
      types |= read_type(name.get_string(), at);
    }
    return types;
  }

  static std::uint8_t read_type(const json::string& word, const std::string& at) {
    const std::string_view name(word.data(), word.size());
    const auto found = std::ranges::find(kTypes, name, &TypeName::name);
    if (found != kTypes.end()) return found->bits;
    std::vector<std::string_view> names;
    for (const TypeName& type : kTypes) names.push_back(type.name);
    refuse(at, fmt::format("no type '{}'; {}", name, did_you_mean(name, names)));
  }

  static std::shared_ptr<const re2::RE2> read_pattern(const json::value& value,
                                                      const std::string& at) {
    if (!value.is_string()) refuse(at, "must be a string");
    const json::string& text = value.get_string();
    if (text.size() > kPatternBytesMax) refuse(at, "is too long for a pattern");
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kPatternMemoryBytes);
    auto pattern =
        std::make_shared<const re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
    if (!pattern->ok()) refuse(at, fmt::format("is no RE2 pattern: {}", pattern->error()));
    return pattern;
  }

  SchemaRules rules_;
  RuleId root_ = kNoRule;
  std::vector<std::pair<std::string, RuleId>> definitions_;
};

}  // namespace

std::string_view name_of_types(std::uint8_t types) {
  for (const TypeName& type : kTypes) {
    if (type.bits == types) return type.spoken;
  }
  if (types == TypeNumber) return "a number";
  return "one of several types";
}

Result<SchemaRules> compile_rules(const json::value& schema) { return Compiler().run(schema); }

}  // namespace muai
