// The standard value types: how each is written, read, compared and merged.
//
// Codec<T> is the compile-time description of one type; `type_of<T>` turns it into the table of
// functions that the state uses. Nested types compose: a list writes its elements by their codec.

#include <boost/json.hpp>
#include <limits>

#include "muai/core/value.h"

namespace muai {
namespace json = boost::json;
namespace {

template <class T>
struct Codec;

std::unexpected<Error> expected(const JsonPath& path, std::string_view what,
                                const json::value& found) {
  const json::string_view kind = json::to_string(found.kind());
  return path.fail("expected " + std::string(what) + ", found " +
                   std::string(kind.data(), kind.size()));
}

template <>
struct Codec<std::string> {
  static Result<void> write(const std::string& value, JsonWriter& out) { return out.string(value); }
  static Result<std::string> read(const json::value& in, JsonPath& path) {
    if (!in.is_string()) return expected(path, "a string", in);
    return std::string(in.get_string());
  }
};

template <>
struct Codec<bool> {
  static Result<void> write(bool value, JsonWriter& out) {
    out.out() += value ? "true" : "false";
    return {};
  }
  static Result<bool> read(const json::value& in, JsonPath& path) {
    if (!in.is_bool()) return expected(path, "true or false", in);
    return in.get_bool();
  }
};

template <>
struct Codec<std::int64_t> {
  static Result<void> write(std::int64_t value, JsonWriter& out) {
    out.number(value);
    return {};
  }
  static Result<std::int64_t> read(const json::value& in, JsonPath& path) {
    if (in.is_int64()) return in.get_int64();
    return expected(path, "a 64-bit integer", in);
  }
};

template <>
struct Codec<double> {
  static Result<void> write(double value, JsonWriter& out) { return out.number(value); }
  static Result<double> read(const json::value& in, JsonPath& path) {
    if (in.is_double()) return in.get_double();
    if (in.is_int64()) return static_cast<double>(in.get_int64());
    if (in.is_uint64()) return static_cast<double>(in.get_uint64());
    return expected(path, "a number", in);
  }
};

template <>
struct Codec<json::value> {
  static Result<void> write(const json::value& value, JsonWriter& out) { return out.value(value); }
  static Result<json::value> read(const json::value& in, JsonPath&) { return in; }
};

template <class T>
struct Codec<std::optional<T>> {
  static Result<void> write(const std::optional<T>& value, JsonWriter& out) {
    if (value) return Codec<T>::write(*value, out);
    out.out() += "null";
    return {};
  }
  static Result<std::optional<T>> read(const json::value& in, JsonPath& path) {
    if (in.is_null()) return std::optional<T>();
    MUAI_TRY(T value, Codec<T>::read(in, path));
    return std::optional<T>(std::move(value));
  }
};

template <class T>
struct Codec<std::vector<T>> {
  static Result<void> write(const std::vector<T>& list, JsonWriter& out) {
    out.out() += '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i > 0) out.out() += ',';
      const JsonPath::Scope scope(out.path(), i);
      MUAI_TRY_VOID(Codec<T>::write(list[i], out));
    }
    out.out() += ']';
    return {};
  }
  static Result<std::vector<T>> read(const json::value& in, JsonPath& path) {
    if (!in.is_array()) return expected(path, "a list", in);
    std::vector<T> list;
    list.reserve(in.get_array().size());
    for (const json::value& element : in.get_array()) {
      const JsonPath::Scope scope(path, list.size());
      MUAI_TRY(T value, Codec<T>::read(element, path));
      list.push_back(std::move(value));
    }
    return list;
  }
};

template <>
struct Codec<TextMap> {
  static Result<void> write(const TextMap& map, JsonWriter& out) {
    out.out() += '{';
    for (std::size_t i = 0; i < map.size(); ++i) {
      if (i > 0) out.out() += ',';
      const JsonPath::Scope scope(out.path(), map[i].first);
      MUAI_TRY_VOID(out.string(map[i].first));
      out.out() += ':';
      MUAI_TRY_VOID(out.string(map[i].second));
    }
    out.out() += '}';
    return {};
  }
  static Result<TextMap> read(const json::value& in, JsonPath& path) {
    if (!in.is_object()) return expected(path, "an object of strings", in);
    TextMap map;
    for (const auto& member : in.get_object()) {
      const JsonPath::Scope scope(path, member.key());
      MUAI_TRY(std::string text, Codec<std::string>::read(member.value(), path));
      map.set(std::string(member.key()), std::move(text));
    }
    return map;
  }
};

// A record is a list of named members; what else stands in the object goes to `extra_json`.
template <class Record>
struct RecordCodec {
  static Result<void> write(const Record& record, JsonWriter& out) {
    out.out() += '{';
    bool first = true;
    Result<void> status;
    Codec<Record>::for_each_member(record, [&](std::string_view name, const auto& member) {
      if (!status) return;
      if (!std::exchange(first, false)) out.out() += ',';
      const JsonPath::Scope scope(out.path(), name);
      status = out.string(name);
      out.out() += ':';
      if (status) status = Codec<std::decay_t<decltype(member)>>::write(member, out);
    });
    if (!status) return status;
    if (record.extra_json.size() > 2) {
      out.out() += ',';
      out.out().append(record.extra_json, 1, record.extra_json.size() - 2);
    }
    out.out() += '}';
    return {};
  }

  static Result<Record> read(const json::value& in, JsonPath& path) {
    if (!in.is_object()) return expected(path, "an object", in);
    Record record;
    json::object rest = in.get_object();
    Result<void> status;
    Codec<Record>::for_each_member(record, [&](std::string_view name, auto& member) {
      const json::value* found = status ? in.get_object().if_contains(name) : nullptr;
      if (!found) return;
      const JsonPath::Scope scope(path, name);
      auto value = Codec<std::decay_t<decltype(member)>>::read(*found, path);
      if (value) {
        member = *std::move(value);
        rest.erase(name);
      } else {
        status = pass(std::move(value));
      }
    });
    if (!status) return pass(std::move(status));
    if (!rest.empty()) {
      // `erase` moves the last member into the gap; go by the original order instead.
      json::object extra;
      for (const auto& member : in.get_object())
        if (rest.contains(member.key())) extra.emplace(member.key(), member.value());
      MUAI_TRY(record.extra_json, write_json(json::value(std::move(extra))));
    }
    return record;
  }
};

template <>
struct Codec<SearchResult> : RecordCodec<SearchResult> {
  template <class Record, class Visit>
  static void for_each_member(Record& record, Visit visit) {
    visit("title", record.title);
    visit("url", record.url);
    visit("snippet", record.snippet);
  }
};

template <>
struct Codec<CitationSpan> : RecordCodec<CitationSpan> {
  template <class Record, class Visit>
  static void for_each_member(Record& record, Visit visit) {
    visit("n", record.n);
    visit("url", record.url);
    visit("title", record.title);
    visit("start", record.start);
    visit("end", record.end);
    visit("byte_start", record.byte_start);
    visit("byte_end", record.byte_end);
    visit("quote", record.quote);
    visit("text_sha256", record.text_sha256);
    visit("retrieved_at", record.retrieved_at);
  }
};

template <>
struct Codec<Exercise> : RecordCodec<Exercise> {
  template <class Record, class Visit>
  static void for_each_member(Record& record, Visit visit) {
    visit("question", record.question);
    visit("answer", record.answer);
  }
};

// ---- merging ----

std::unexpected<Error> cannot_merge(MergeRule rule, std::string_view why) {
  return fail(ErrorCode::Contract,
              "merge rule '" + std::string(to_string(rule)) + "': " + std::string(why));
}

ValuePtr shared(const Value& value) {
  value.add_reference();
  return ValuePtr(&value);
}

template <class T>
Result<ValuePtr> merge_payloads(MergeRule rule, const T*, const T&, const T&) {
  return cannot_merge(rule, "two branches wrote a value that is neither a list nor a map");
}

template <class T>
Result<ValuePtr> merge_payloads(MergeRule rule, const std::vector<T>* fork,
                                const std::vector<T>& so_far, const std::vector<T>& branch) {
  std::vector<T> merged = so_far;
  if (rule == MergeRule::Union) {
    for (const T& element : branch)
      if (std::find(merged.begin(), merged.end(), element) == merged.end())
        merged.push_back(element);
    return make_value(std::move(merged));
  }
  if (rule != MergeRule::Append) return cannot_merge(rule, "a list can be appended or united");
  const std::size_t start = fork ? fork->size() : 0;
  if (branch.size() < start || (fork && !std::equal(fork->begin(), fork->end(), branch.begin())))
    return cannot_merge(rule, "a branch changed the part of the list that it was given");
  merged.insert(merged.end(), branch.begin() + static_cast<std::ptrdiff_t>(start), branch.end());
  return make_value(std::move(merged));
}

Result<ValuePtr> merge_payloads(MergeRule rule, const TextMap*, const TextMap& so_far,
                                const TextMap& branch) {
  if (rule != MergeRule::Union) return cannot_merge(rule, "a map can be united");
  TextMap merged = so_far;
  for (const auto& [name, text] : branch) {
    const std::string* present = merged.find(name);
    if (present && *present != text)
      return cannot_merge(rule, "two branches wrote different texts under \"" + name + "\"");
    if (!present) merged.set(name, text);
  }
  return make_value(std::move(merged));
}

// Three-way per member: a member that only one side changed takes that side's value.
Result<ValuePtr> merge_members(const json::value* fork, const json::object& so_far,
                               const json::object& branch) {
  static const json::object kNothing;
  const json::object& base = fork && fork->is_object() ? fork->get_object() : kNothing;
  json::object merged = so_far;
  for (const auto& member : branch) {
    const json::value* before = base.if_contains(member.key());
    if (before && *before == member.value()) continue;
    const json::value* present = merged.if_contains(member.key());
    const bool other_side_changed = present && !(before && *before == *present);
    if (other_side_changed && *present != member.value()) {
      return cannot_merge(MergeRule::Members,
                          "two branches changed the member \"" + std::string(member.key()) + "\"");
    }
    merged[member.key()] = member.value();
  }
  for (const auto& member : base)
    if (!branch.contains(member.key())) merged.erase(member.key());
  return make_value(json::value(std::move(merged)));
}

Result<ValuePtr> merge_payloads(MergeRule rule, const json::value* fork, const json::value& so_far,
                                const json::value& branch) {
  if (rule != MergeRule::Members) return cannot_merge(rule, "JSON can be merged by members");
  if (!so_far.is_object() || !branch.is_object())
    return cannot_merge(rule, "only objects can be merged by members");
  return merge_members(fork, so_far.get_object(), branch.get_object());
}

template <class T>
Result<ValuePtr> merge_typed(MergeRule rule, const Value* fork, const Value& so_far,
                             const Value& branch) {
  if (rule == MergeRule::Last) return shared(branch);
  return merge_payloads(rule, fork ? &payload_of<T>(*fork) : nullptr, payload_of<T>(so_far),
                        payload_of<T>(branch));
}

template <class T>
constexpr ValueType type_of(std::string_view name) {
  ValueType type{};
  type.name = name;
  type.write = [](const Value& value, JsonWriter& out) {
    return Codec<T>::write(payload_of<T>(value), out);
  };
  type.read = [](const json::value& in, JsonPath& path) -> Result<ValuePtr> {
    MUAI_TRY(T payload, Codec<T>::read(in, path));
    return make_value<T>(std::move(payload));
  };
  type.equal = [](const Value& a, const Value& b) { return payload_of<T>(a) == payload_of<T>(b); };
  type.merge = merge_typed<T>;
  type.destroy = [](const Value* value) { delete static_cast<const TypedValue<T>*>(value); };
  return type;
}

constexpr ValueType kString = type_of<std::string>("string");
constexpr ValueType kBool = type_of<bool>("bool");
constexpr ValueType kInt = type_of<std::int64_t>("int");
constexpr ValueType kDouble = type_of<double>("double");
constexpr ValueType kJson = type_of<json::value>("json");
constexpr ValueType kTextMap = type_of<TextMap>("map<string,string>");
constexpr ValueType kStrings = type_of<std::vector<std::string>>("list<string>");
constexpr ValueType kBools = type_of<std::vector<bool>>("list<bool>");
constexpr ValueType kInts = type_of<std::vector<std::int64_t>>("list<int>");
constexpr ValueType kDoubles = type_of<std::vector<double>>("list<double>");
constexpr ValueType kJsons = type_of<std::vector<json::value>>("list<json>");
constexpr ValueType kOptionalString = type_of<std::optional<std::string>>("string or null");
constexpr ValueType kOptionalInt = type_of<std::optional<std::int64_t>>("int or null");
constexpr ValueType kSearchResults = type_of<std::vector<SearchResult>>("list<search_result>");
constexpr ValueType kCitationSpans = type_of<std::vector<CitationSpan>>("list<citation_span>");
constexpr ValueType kExercises = type_of<std::vector<Exercise>>("list<exercise>");

constexpr const ValueType* kDeclarable[] = {&kString,  &kBool,    &kInt,    &kDouble,
                                            &kJson,    &kStrings, &kBools,  &kInts,
                                            &kDoubles, &kJsons,   &kTextMap};

}  // namespace

template <>
const ValueType& value_type<std::string>() {
  return kString;
}
template <>
const ValueType& value_type<bool>() {
  return kBool;
}
template <>
const ValueType& value_type<std::int64_t>() {
  return kInt;
}
template <>
const ValueType& value_type<double>() {
  return kDouble;
}
template <>
const ValueType& value_type<json::value>() {
  return kJson;
}
template <>
const ValueType& value_type<TextMap>() {
  return kTextMap;
}
template <>
const ValueType& value_type<std::vector<std::string>>() {
  return kStrings;
}
template <>
const ValueType& value_type<std::vector<bool>>() {
  return kBools;
}
template <>
const ValueType& value_type<std::vector<std::int64_t>>() {
  return kInts;
}
template <>
const ValueType& value_type<std::vector<double>>() {
  return kDoubles;
}
template <>
const ValueType& value_type<std::vector<json::value>>() {
  return kJsons;
}
template <>
const ValueType& value_type<std::optional<std::string>>() {
  return kOptionalString;
}
template <>
const ValueType& value_type<std::optional<std::int64_t>>() {
  return kOptionalInt;
}
template <>
const ValueType& value_type<std::vector<SearchResult>>() {
  return kSearchResults;
}
template <>
const ValueType& value_type<std::vector<CitationSpan>>() {
  return kCitationSpans;
}
template <>
const ValueType& value_type<std::vector<Exercise>>() {
  return kExercises;
}

const ValueType* find_value_type(std::string_view name) {
  for (const ValueType* type : kDeclarable)
    if (type->name == name) return type;
  return nullptr;
}

std::vector<std::string_view> declarable_type_names() {
  std::vector<std::string_view> names;
  for (const ValueType* type : kDeclarable) names.push_back(type->name);
  return names;
}

std::string_view to_string(MergeRule rule) {
  switch (rule) {
    case MergeRule::Error: return "error";
    case MergeRule::Append: return "append";
    case MergeRule::Union: return "union";
    case MergeRule::Last: return "last";
    case MergeRule::Members: return "members";
  }
  return "error";
}

Result<MergeRule> merge_rule_from(std::string_view name) {
  for (const MergeRule rule :
       {MergeRule::Error, MergeRule::Append, MergeRule::Union, MergeRule::Last, MergeRule::Members})
    if (to_string(rule) == name) return rule;
  return fail(ErrorCode::InvalidConfig, "unknown merge rule '" + std::string(name) +
                                            "'; use error, append, union, last or members");
}

}  // namespace muai
