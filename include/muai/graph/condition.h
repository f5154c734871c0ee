#pragma once

// Condition: a question to the state that decides a branch. A small tree of predicates, never
// code, so that it can be drawn, checked before a run, and read from a file.
//
//   present(docs) && !empty(docs)
//   equals(meta, "chat", "/mode")
//
// The file form is JSON (YAML in workflow files):
//   {present: docs}                                  the key is set
//   {present: search_results, at: /0}                ... and has this place
//   {empty: docs}                                    set to an empty text, list, map or null
//   {equals: {key: meta, at: /mode, value: chat}}    also not_equals, less, less_or_equal,
//                                                    greater, greater_or_equal
//   {not: C}   {all: [C, ...]}   {any: [C, ...]}

#include <boost/json/fwd.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "muai/core/key.h"
#include "muai/core/result.h"
#include "muai/core/state.h"

namespace muai {

// What a key is compared with, written in C++: 3, 0.5, "chat", false, nullptr.
class Literal {
 public:
  using Value = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string>;

  Literal(std::nullptr_t) : value_(nullptr) {}
  template <std::same_as<bool> T>
  Literal(T value) : value_(value) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Literal(T value) : value_(static_cast<std::int64_t>(value)) {}
  Literal(double value) : value_(value) {}
  Literal(const char* text) : value_(std::string(text)) {}
  Literal(std::string text) : value_(std::move(text)) {}

  const Value& value() const { return value_; }

 private:
  Value value_;
};

// Immutable and shared; cheap to copy.
class Condition {
 public:
  enum class Kind : std::uint8_t {
    Present,
    Empty,
    Equals,
    NotEquals,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Not,
    All,
    Any,
  };

  static constexpr std::size_t kDepthMax = 32;

  // Reads the file form. InvalidConfig says which member is wrong and what is allowed.
  static Result<Condition> from_json(const boost::json::value& json);

  // The leaves. `at` is a JSON Pointer (RFC 6901) into the value's JSON form; empty means all of
  // it. REQUIRES: a well-formed pointer (from_json checks what comes from a file).
  static Condition present(KeyId key, std::string at = {});
  static Condition empty(KeyId key, std::string at = {});
  // `kind` is one of Equals ... GreaterOrEqual.
  static Condition compare(Kind kind, KeyId key, std::string at, const boost::json::value& value);
  static Condition compare(Kind kind, KeyId key, std::string at, const Literal& value);
  static Condition negation(Condition inner);
  static Condition all(std::vector<Condition> parts);
  static Condition any(std::vector<Condition> parts);

  Kind kind() const;

  // Comparisons and `empty` of something absent do not hold, and neither does `not_equals`; their
  // negation does. Ordering a text against a number, or anything without an order, is an error of
  // code Contract that names key and place.
  Result<bool> holds(const State& state) const;

  // The keys that are certainly present when the condition held, and when it did not.
  std::vector<KeyId> provides_when_true() const;
  std::vector<KeyId> provides_when_false() const;

  // Every key it looks at, sorted.
  std::vector<KeyId> keys() const;

  // For drawings and messages: "present docs and not empty docs", "meta/mode = \"chat\"".
  std::string text() const;

 private:
  struct Rep;
  explicit Condition(std::shared_ptr<const Rep> rep) : rep_(std::move(rep)) {}

  std::shared_ptr<const Rep> rep_;
};

inline Condition operator!(Condition condition) {
  return Condition::negation(std::move(condition));
}
inline Condition operator&&(Condition a, Condition b) {
  return Condition::all({std::move(a), std::move(b)});
}
inline Condition operator||(Condition a, Condition b) {
  return Condition::any({std::move(a), std::move(b)});
}

template <class T>
Condition present(const Key<T>& key, std::string at = {}) {
  return Condition::present(key.id(), std::move(at));
}
template <class T>
Condition empty(const Key<T>& key, std::string at = {}) {
  return Condition::empty(key.id(), std::move(at));
}

// equals(validation_passed, false), equals(meta, "chat", "/mode"), greater(score, 0.5).
template <class T>
Condition equals(const Key<T>& key, const Literal& value, std::string at = {}) {
  return Condition::compare(Condition::Kind::Equals, key.id(), std::move(at), value);
}
template <class T>
Condition not_equals(const Key<T>& key, const Literal& value, std::string at = {}) {
  return Condition::compare(Condition::Kind::NotEquals, key.id(), std::move(at), value);
}
template <class T>
Condition less(const Key<T>& key, const Literal& value, std::string at = {}) {
  return Condition::compare(Condition::Kind::Less, key.id(), std::move(at), value);
}
template <class T>
Condition greater(const Key<T>& key, const Literal& value, std::string at = {}) {
  return Condition::compare(Condition::Kind::Greater, key.id(), std::move(at), value);
}

}  // namespace muai
