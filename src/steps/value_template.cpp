// A template is a tree in the shape of its JSON. The tree's type is private to the class, so the
// functions that walk it are templates over it.

#include "muai/steps/value_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

namespace muai {
namespace json = boost::json;

// A tree like the JSON it was read from. Only the members that its kind names are set.
struct ValueTemplate::Rep {
  enum class Kind { Constant, Source, List, Map, Join };
  Kind kind = Kind::Constant;
  json::value constant;  // also a source's `or`
  KeyId key = KeyId::None;
  std::string at;
  bool has_fallback = false;
  std::vector<std::string> names;
  std::vector<std::shared_ptr<const Rep>> parts;
};

namespace {

std::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::InvalidConfig, std::move(why));
}

Result<json::value> json_of(const Value& value) {
  std::string text;
  JsonWriter writer(text);
  MUAI_TRY_VOID(value.type().write(value, writer));
  return parse_json(text);
}

Result<void> allow_only(const json::object& object,
                        std::initializer_list<std::string_view> allowed) {
  const std::vector<std::string_view> names(allowed);
  for (const auto& member : object) {
    const std::string_view name = member.key();
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    return malformed(
        fmt::format("'{}' does not go with '{}'; write {{constant: ...}} around a "
                    "value that is meant as it stands",
                    name, names[0]));
  }
  return {};
}

void sort_unique(std::vector<KeyId>& keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

template <class Rep>
class TemplateReader {
 public:
  using RepPtr = std::shared_ptr<const Rep>;
  using Kind = typename Rep::Kind;

  static Result<RepPtr> read(const json::value& source, std::size_t depth) {
    if (depth > ValueTemplate::kDepthMax) return malformed("the value is nested too deeply");
    if (const json::object* object = source.if_object()) {
      if (object->contains("from")) return read_source(*object);
      if (object->contains("constant")) {
        MUAI_TRY_VOID(allow_only(*object, {"constant"}));
        return constant(object->at("constant"));
      }
      if (object->contains("join")) return read_join(*object, depth);
      return read_map(*object, depth);
    }
    if (const json::array* array = source.if_array()) return read_list(*array, depth, Kind::List);
    return constant(source);
  }

 private:
  static RepPtr constant(const json::value& value) {
    auto rep = std::make_shared<Rep>();
    rep->constant = value;
    return rep;
  }

  static Result<RepPtr> read_source(const json::object& object) {
    MUAI_TRY_VOID(allow_only(object, {"from", "at", "or"}));
    const json::string* name = object.at("from").if_string();
    if (!name || name->empty()) return malformed("'from' is the name of a state key");
    auto rep = std::make_shared<Rep>();
    rep->kind = Kind::Source;
    MUAI_TRY(rep->key, intern_key(*name));
    if (const json::value* at = object.if_contains("at")) {
      const json::string* text = at->if_string();
      if (!text || !is_json_pointer(*text))
        return malformed("'at' is a JSON Pointer such as /0/url");
      rep->at = std::string_view(*text);
    }
    if (const json::value* fallback = object.if_contains("or")) {
      rep->has_fallback = true;
      rep->constant = *fallback;
    }
    return rep;
  }

  static Result<RepPtr> read_map(const json::object& object, std::size_t depth) {
    auto rep = std::make_shared<Rep>();
    rep->kind = Kind::Map;
    for (const auto& member : object) {
      MUAI_TRY(RepPtr part, read(member.value(), depth + 1));
      rep->names.emplace_back(member.key());
      rep->parts.push_back(std::move(part));
    }
    return rep;
  }

  static Result<RepPtr> read_join(const json::object& object, std::size_t depth) {
    MUAI_TRY_VOID(allow_only(object, {"join"}));
    const json::array* parts = object.at("join").if_array();
    if (!parts || parts->empty())
      return malformed("'join' is a list of one or more parts of a text");
    return read_list(*parts, depth, Kind::Join);
  }

  static Result<RepPtr> read_list(const json::array& array, std::size_t depth, Kind kind) {
    auto rep = std::make_shared<Rep>();
    rep->kind = kind;
    for (const json::value& element : array) {
      MUAI_TRY(RepPtr part, read(element, depth + 1));
      rep->parts.push_back(std::move(part));
    }
    return rep;
  }
};

template <class Rep>
void collect(const Rep& rep, std::vector<KeyId>& required, std::vector<KeyId>& optional) {
  if (rep.kind == Rep::Kind::Source) (rep.has_fallback ? optional : required).push_back(rep.key);
  for (const auto& part : rep.parts) collect(*part, required, optional);
}

template <class Rep>
Result<json::value> look_up(const Rep& rep, const State& state) {
  const Value* value = state.find_value(rep.key);
  if (value) {
    MUAI_TRY(json::value whole, json_of(*value));
    json::error_code absent;
    if (const json::value* found = whole.find_pointer(rep.at, absent)) return *found;
  }
  if (rep.has_fallback) return rep.constant;
  return fail(ErrorCode::InvalidInput,
              value ? fmt::format("key '{}' holds nothing at {}; `or` gives a value for that case",
                                  key_name(rep.key), rep.at)
                    : fmt::format("key '{}' is not set", key_name(rep.key)));
}

// Strings stand in the text as they are, everything else as its JSON.
Result<json::value> joined(const json::array& parts) {
  std::string text;
  for (const json::value& part : parts) {
    if (const json::string* string = part.if_string()) {
      text += std::string_view(*string);
    } else {
      MUAI_TRY(const std::string json, write_json(part));
      text += json;
    }
  }
  return json::value(text);
}

template <class Rep>
Result<json::value> filled(const Rep& rep, const State& state) {
  switch (rep.kind) {
    case Rep::Kind::Constant: return rep.constant;
    case Rep::Kind::Source: return look_up(rep, state);
    case Rep::Kind::List:
    case Rep::Kind::Join: {
      json::array list;
      for (const auto& part : rep.parts) {
        MUAI_TRY(json::value element, filled(*part, state));
        list.push_back(std::move(element));
      }
      if (rep.kind == Rep::Kind::Join) return joined(list);
      return json::value(std::move(list));
    }
    case Rep::Kind::Map: break;
  }
  json::object map;
  for (std::size_t i = 0; i < rep.parts.size(); ++i) {
    MUAI_TRY(json::value member, filled(*rep.parts[i], state));
    map[rep.names[i]] = std::move(member);
  }
  return json::value(std::move(map));
}

}  // namespace

Result<ValueTemplate> ValueTemplate::read(const json::value& source) {
  MUAI_TRY(auto rep, TemplateReader<Rep>::read(source, 1));
  return ValueTemplate(std::move(rep));
}

ValueTemplate ValueTemplate::of(KeyId key) {
  auto rep = std::make_shared<Rep>();
  rep->kind = Rep::Kind::Source;
  rep->key = key;
  return ValueTemplate(std::move(rep));
}

std::vector<KeyId> ValueTemplate::required_keys() const {
  std::vector<KeyId> required;
  std::vector<KeyId> optional;
  collect(*rep_, required, optional);
  sort_unique(required);
  return required;
}

std::vector<KeyId> ValueTemplate::optional_keys() const {
  std::vector<KeyId> required;
  std::vector<KeyId> optional;
  collect(*rep_, required, optional);
  sort_unique(optional);
  return optional;
}

Result<json::value> ValueTemplate::fill(const State& state) const { return filled(*rep_, state); }

Result<ValuePtr> ValueTemplate::fill_as(KeyId target, const State& state) const {
  if (rep_->kind == Rep::Kind::Source && rep_->at.empty()) {
    ValuePtr whole = state.value_of(rep_->key);
    if (whole && &whole->type() == key_entry(target).type) return whole;
  }
  MUAI_TRY(const json::value json, fill(state));
  return typed_value(target, json);
}

Result<ValuePtr> typed_value(KeyId key, const json::value& json) {
  const KeyEntry entry = key_entry(key);
  JsonPath path;
  const JsonPath::Scope inside(path, entry.name);
  if (!entry.type) return value_type<json::value>().read(json, path);
  return entry.type->read(json, path);
}

bool is_json_pointer(std::string_view text) {
  if (text.empty()) return true;
  if (text.front() != '/') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '~') continue;
    if (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1')) return false;
  }
  return true;
}

}  // namespace muai
