// Conditions: the tree, what it proves about keys, and how it looks at a state.
//
// `present` of a whole key asks the state's table only. Everything else looks at the value's JSON
// form, which is made for the one key that is asked about, at a branch, never per node.

#include "muai/graph/condition.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/json.hpp>
#include <compare>
#include <iterator>
#include <optional>

#include "muai/core/check.h"

namespace muai {
namespace json = boost::json;

struct Condition::Rep {
  Kind kind = Kind::Present;
  KeyId key = KeyId::None;
  std::string at;
  json::value value;
  std::vector<Condition> parts;
};

namespace {

using Kind = Condition::Kind;

struct KindName {
  Kind kind;
  std::string_view name;    // of the file form
  std::string_view symbol;  // in text()
};

constexpr KindName kCompareKinds[] = {
    {Kind::Equals, "equals", "="},   {Kind::NotEquals, "not_equals", "!="},
    {Kind::Less, "less", "<"},       {Kind::LessOrEqual, "less_or_equal", "<="},
    {Kind::Greater, "greater", ">"}, {Kind::GreaterOrEqual, "greater_or_equal", ">="},
};

const KindName* find_compare_kind(std::string_view name) {
  for (const KindName& known : kCompareKinds)
    if (known.name == name) return &known;
  return nullptr;
}

std::string_view symbol_of(Kind kind) {
  for (const KindName& known : kCompareKinds)
    if (known.kind == kind) return known.symbol;
  return "?";
}

std::string place(KeyId key, std::string_view at) {
  return std::string(key_name(key)) + std::string(at);
}

// The JSON form of a value; a copy, made only where a condition looks inside.
Result<json::value> json_of(const Value& value) {
  std::string text;
  JsonWriter writer(text);
  MUAI_TRY_VOID(value.type().write(value, writer));
  return parse_json(text);
}

// What stands at `at` under `key`; nullopt when nothing does.
Result<std::optional<json::value>> look_up(const State& state, KeyId key, const std::string& at) {
  const Value* value = state.find_value(key);
  if (!value) return std::optional<json::value>();
  MUAI_TRY(json::value whole, json_of(*value));
  if (at.empty()) return std::optional<json::value>(std::move(whole));
  json::error_code absent;
  const json::value* found = whole.find_pointer(at, absent);
  if (!found) return std::optional<json::value>();
  return std::optional<json::value>(*found);
}

bool is_empty_value(const json::value& value) {
  if (value.is_null()) return true;
  if (const json::string* text = value.if_string()) return text->empty();
  if (const json::array* list = value.if_array()) return list->empty();
  if (const json::object* map = value.if_object()) return map->empty();
  return false;
}

bool is_number(const json::value& value) {
  return value.is_int64() || value.is_uint64() || value.is_double();
}

// Exact also between 64-bit integers and doubles: long double holds both on this platform.
std::partial_ordering order_numbers(const json::value& a, const json::value& b) {
  const auto wide = [](const json::value& value) -> long double {
    if (const std::int64_t* i = value.if_int64()) return static_cast<long double>(*i);
    if (const std::uint64_t* u = value.if_uint64()) return static_cast<long double>(*u);
    return static_cast<long double>(value.get_double());
  };
  return wide(a) <=> wide(b);
}

bool equal_json(const json::value& a, const json::value& b) {
  if (is_number(a) && is_number(b)) return order_numbers(a, b) == 0;
  return a == b;
}

Result<bool> compare_json(Kind kind, const json::value& found, const json::value& wanted,
                          const std::string& where) {
  if (kind == Kind::Equals) return equal_json(found, wanted);
  if (kind == Kind::NotEquals) return !equal_json(found, wanted);
  std::partial_ordering order = std::partial_ordering::unordered;
  if (is_number(found) && is_number(wanted)) {
    order = order_numbers(found, wanted);
  } else if (found.is_string() && wanted.is_string()) {
    order = found.get_string().compare(wanted.get_string()) <=> 0;
  } else {
    const json::string_view found_kind = json::to_string(found.kind());
    const json::string_view wanted_kind = json::to_string(wanted.kind());
    return fail(ErrorCode::Contract,
                fmt::format("the condition on '{}' can't order {} against {}; compare numbers with "
                            "numbers and strings with strings",
                            where, std::string_view(found_kind.data(), found_kind.size()),
                            std::string_view(wanted_kind.data(), wanted_kind.size())));
  }
  if (kind == Kind::Less) return order < 0;
  if (kind == Kind::LessOrEqual) return order <= 0;
  if (kind == Kind::Greater) return order > 0;
  return order >= 0;
}

bool is_pointer(std::string_view at) {
  if (at.empty()) return true;
  if (at.front() != '/') return false;
  for (std::size_t i = 0; i < at.size(); ++i)
    if (at[i] == '~' && (i + 1 == at.size() || (at[i + 1] != '0' && at[i + 1] != '1')))
      return false;
  return true;
}

std::vector<KeyId> united(std::vector<KeyId> a, const std::vector<KeyId>& b) {
  std::vector<KeyId> out;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

std::vector<KeyId> common(const std::vector<KeyId>& a, const std::vector<KeyId>& b) {
  std::vector<KeyId> out;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

// The keys of all parts brought together by `join`.
template <class Of, class Join>
std::vector<KeyId> fold(const std::vector<Condition>& parts, Of of, Join join) {
  std::vector<KeyId> keys = of(parts.front());
  for (std::size_t i = 1; i < parts.size(); ++i) keys = join(std::move(keys), of(parts[i]));
  return keys;
}

}  // namespace

Condition Condition::present(KeyId key, std::string at) {
  return Condition(std::make_shared<const Rep>(Rep{Kind::Present, key, std::move(at), {}, {}}));
}

Condition Condition::empty(KeyId key, std::string at) {
  return Condition(std::make_shared<const Rep>(Rep{Kind::Empty, key, std::move(at), {}, {}}));
}

Condition Condition::compare(Kind kind, KeyId key, std::string at, const json::value& value) {
  MUAI_CHECK(kind >= Kind::Equals && kind <= Kind::GreaterOrEqual);
  return Condition(std::make_shared<const Rep>(Rep{kind, key, std::move(at), value, {}}));
}

Condition Condition::compare(Kind kind, KeyId key, std::string at, const Literal& value) {
  const json::value wanted =
      std::visit([](const auto& held) { return json::value(held); }, value.value());
  return compare(kind, key, std::move(at), wanted);
}

Condition Condition::negation(Condition inner) {
  Rep rep;
  rep.kind = Kind::Not;
  rep.parts.push_back(std::move(inner));
  return Condition(std::make_shared<const Rep>(std::move(rep)));
}

Condition Condition::all(std::vector<Condition> parts) {
  MUAI_CHECK(!parts.empty());
  Rep rep;
  rep.kind = Kind::All;
  rep.parts = std::move(parts);
  return Condition(std::make_shared<const Rep>(std::move(rep)));
}

Condition Condition::any(std::vector<Condition> parts) {
  MUAI_CHECK(!parts.empty());
  Rep rep;
  rep.kind = Kind::Any;
  rep.parts = std::move(parts);
  return Condition(std::make_shared<const Rep>(std::move(rep)));
}

Condition::Kind Condition::kind() const { return rep_->kind; }

Result<bool> Condition::holds(const State& state) const {
  const Rep& c = *rep_;
  switch (c.kind) {
    case Kind::Present: {
      if (c.at.empty()) return state.has(c.key);
      MUAI_TRY(const std::optional<json::value> found, look_up(state, c.key, c.at));
      return found.has_value();
    }
    case Kind::Not: {
      MUAI_TRY(const bool inner, c.parts.front().holds(state));
      return !inner;
    }
    case Kind::All:
    case Kind::Any: {
      // Left to right, as far as the answer needs.
      const bool deciding = c.kind == Kind::Any;
      for (const Condition& part : c.parts) {
        MUAI_TRY(const bool held, part.holds(state));
        if (held == deciding) return deciding;
      }
      return !deciding;
    }
    case Kind::Empty:
    case Kind::Equals:
    case Kind::NotEquals:
    case Kind::Less:
    case Kind::LessOrEqual:
    case Kind::Greater:
    case Kind::GreaterOrEqual: break;
  }
  MUAI_TRY(const std::optional<json::value> found, look_up(state, c.key, c.at));
  if (!found) return false;
  if (c.kind == Kind::Empty) return is_empty_value(*found);
  return compare_json(c.kind, *found, c.value, place(c.key, c.at));
}

std::vector<KeyId> Condition::provides_when_true() const {
  const auto when_true = [](const Condition& part) { return part.provides_when_true(); };
  if (rep_->kind == Kind::Not) return rep_->parts.front().provides_when_false();
  if (rep_->kind == Kind::All) return fold(rep_->parts, when_true, united);
  if (rep_->kind == Kind::Any) return fold(rep_->parts, when_true, common);
  return {rep_->key};  // every leaf holds only of something present
}

std::vector<KeyId> Condition::provides_when_false() const {
  const auto when_false = [](const Condition& part) { return part.provides_when_false(); };
  if (rep_->kind == Kind::Not) return rep_->parts.front().provides_when_true();
  if (rep_->kind == Kind::All) return fold(rep_->parts, when_false, common);
  if (rep_->kind == Kind::Any) return fold(rep_->parts, when_false, united);
  return {};
}

std::vector<KeyId> Condition::keys() const {
  if (rep_->parts.empty()) return {rep_->key};
  const auto of = [](const Condition& part) { return part.keys(); };
  return fold(rep_->parts, of, united);
}

std::string Condition::text() const {
  const Rep& c = *rep_;
  if (c.kind == Kind::Present) return "present " + place(c.key, c.at);
  if (c.kind == Kind::Empty) return "empty " + place(c.key, c.at);
  if (c.kind == Kind::Not) return "not (" + c.parts.front().text() + ")";
  if (c.kind == Kind::All || c.kind == Kind::Any) {
    std::string text;
    for (const Condition& part : c.parts) {
      if (!text.empty()) text += c.kind == Kind::All ? " and " : " or ";
      const bool nested = part.kind() == Kind::All || part.kind() == Kind::Any;
      text += nested ? "(" + part.text() + ")" : part.text();
    }
    return text;
  }
  const Result<std::string> value = write_json(c.value);
  return fmt::format("{} {} {}", place(c.key, c.at), symbol_of(c.kind), value ? *value : "?");
}

// ---- The file form ---------------------------------------------------------------------------

namespace {

std::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::InvalidConfig,
              "condition: " + std::move(why) +
                  "; use present, empty, equals, not_equals, less, less_or_equal, greater, "
                  "greater_or_equal, not, all or any");
}

std::string text_of(const json::string& text) { return std::string(text.data(), text.size()); }

Result<std::string> read_pointer(const json::object& object) {
  const json::value* at = object.if_contains("at");
  if (!at) return std::string();
  const json::string* text = at->if_string();
  if (!text || !is_pointer(text_of(*text)))
    return malformed("'at' must be a JSON Pointer such as /0 or /mode");
  return text_of(*text);
}

Result<KeyId> read_key(const json::value& name) {
  const json::string* text = name.if_string();
  if (!text || text->empty()) return malformed("a key is a non-empty string");
  return intern_key(text_of(*text));
}

Result<void> allow_members(const json::object& object, std::string_view kind,
                           std::initializer_list<std::string_view> allowed) {
  for (const auto& member : object) {
    const std::string_view name(member.key().data(), member.key().size());
    if (std::find(allowed.begin(), allowed.end(), name) == allowed.end())
      return malformed(fmt::format("'{}' does not go with '{}'", name, kind));
  }
  return {};
}

Result<Condition> read_comparison(const KindName& kind, const json::value& body) {
  const json::object* object = body.if_object();
  if (!object || !object->contains("key") || !object->contains("value"))
    return malformed(fmt::format("'{}' needs {{key: ..., value: ...}}", kind.name));
  MUAI_TRY_VOID(allow_members(*object, kind.name, {"key", "at", "value"}));
  MUAI_TRY(const KeyId key, read_key(object->at("key")));
  MUAI_TRY(std::string at, read_pointer(*object));
  return Condition::compare(kind.kind, key, std::move(at), object->at("value"));
}

Result<Condition> read_condition(const json::value& source, std::size_t depth);

Result<Condition> read_parts(std::string_view kind, const json::value& body, std::size_t depth) {
  const json::array* list = body.if_array();
  if (!list || list->empty())
    return malformed(fmt::format("'{}' needs a list of one or more conditions", kind));
  std::vector<Condition> parts;
  for (const json::value& part : *list) {
    MUAI_TRY(Condition read, read_condition(part, depth + 1));
    parts.push_back(std::move(read));
  }
  return kind == "all" ? Condition::all(std::move(parts)) : Condition::any(std::move(parts));
}

Result<Condition> read_condition(const json::value& source, std::size_t depth) {
  if (depth > Condition::kDepthMax) return malformed("nested too deeply");
  const json::object* object = source.if_object();
  if (!object || object->empty()) return malformed("it must be a map with one predicate");
  const auto& first = *object->begin();
  std::string_view kind(first.key().data(), first.key().size());
  for (const std::string_view leaf : {"present", "empty"}) {
    const json::value* name = object->if_contains(json::string_view(leaf.data(), leaf.size()));
    if (!name) continue;
    MUAI_TRY_VOID(allow_members(*object, leaf, {leaf, "at"}));
    MUAI_TRY(const KeyId key, read_key(*name));
    MUAI_TRY(std::string at, read_pointer(*object));
    return leaf == "present" ? Condition::present(key, std::move(at))
                             : Condition::empty(key, std::move(at));
  }
  MUAI_TRY_VOID(allow_members(*object, kind, {kind}));
  if (kind == "all" || kind == "any") return read_parts(kind, first.value(), depth);
  if (kind == "not") {
    MUAI_TRY(Condition inner, read_condition(first.value(), depth + 1));
    return Condition::negation(std::move(inner));
  }
  if (const KindName* known = find_compare_kind(kind))
    return read_comparison(*known, first.value());
  return malformed(fmt::format("unknown predicate '{}'", kind));
}

}  // namespace

Result<Condition> Condition::from_json(const json::value& source) {
  return read_condition(source, 1);
}

}  // namespace muai
