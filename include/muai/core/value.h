#pragma once

// Immutable shared values, and what the state must know about their types.
//
// A Value is a reference-counted node that never changes after it is made, so states, threads
// and traces share it freely. ValueType says how values of one type are written, read, compared
// and merged. Standard types are listed at the end; a program adds its own with
// `make_value_type` (muai/core/codec.h) and a specialisation of `value_type<T>()`.

#include <atomic>
#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "muai/core/json.h"
#include "muai/core/records.h"
#include "muai/core/result.h"
#include "muai/core/text_map.h"

namespace muai {

class Value;

// Counts one reference to an immutable value. Null only when default constructed or moved from.
class ValuePtr {
 public:
  ValuePtr() = default;
  explicit ValuePtr(const Value* adopted) : value_(adopted) {}  // takes over one reference
  inline ValuePtr(const ValuePtr& other);
  ValuePtr(ValuePtr&& other) noexcept : value_(std::exchange(other.value_, nullptr)) {}
  ValuePtr& operator=(ValuePtr other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  inline ~ValuePtr();

  const Value* get() const { return value_; }
  const Value& operator*() const { return *value_; }
  const Value* operator->() const { return value_; }
  explicit operator bool() const { return value_ != nullptr; }

  // Identity, not equality: the same node.
  friend bool operator==(const ValuePtr&, const ValuePtr&) = default;

 private:
  const Value* value_ = nullptr;
};

// How two parallel branches that wrote the same key are brought together. `fork` is the value
// both started from (may be null), `so_far` what earlier branches made of it.
enum class MergeRule : std::uint8_t {
  Error,    // two writers are a mistake; refused when the workflow is built
  Append,   // lists: what each branch added at the end, in edge order
  Union,    // lists: elements not yet present; maps: members not yet present
  Last,     // the later edge wins
  Members,  // objects: three-way per member; the same member changed twice is an error
};

// "error", "append", "union", "last", "members".
std::string_view to_string(MergeRule rule);
Result<MergeRule> merge_rule_from(std::string_view name);

// The operations on values of one type. One immutable instance per type, living for ever.
struct ValueType {
  std::string_view name;  // as in workflow files: "string", "list<string>", "json", ...
  Result<void> (*write)(const Value& value, JsonWriter& out);
  Result<ValuePtr> (*read)(const boost::json::value& json, JsonPath& path);
  bool (*equal)(const Value& a, const Value& b);
  Result<ValuePtr> (*merge)(MergeRule rule, const Value* fork, const Value& so_far,
                            const Value& branch);
  void (*destroy)(const Value* value);
};

// Base of the typed nodes below; has no virtual functions so that a node stays small.
class Value {
 public:
  explicit Value(const ValueType& type) : type_(&type) {}
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;

  const ValueType& type() const { return *type_; }

  void add_reference() const { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop_reference() const {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) type_->destroy(this);
  }

 protected:
  ~Value() = default;

 private:
  mutable std::atomic<std::uint32_t> references_{1};
  const ValueType* type_;
};

ValuePtr::ValuePtr(const ValuePtr& other) : value_(other.value_) {
  if (value_) value_->add_reference();
}
ValuePtr::~ValuePtr() {
  if (value_) value_->drop_reference();
}

template <class T>
class TypedValue final : public Value {
 public:
  TypedValue(const ValueType& type, T payload) : Value(type), payload_(std::move(payload)) {}
  const T& payload() const { return payload_; }

 private:
  T payload_;
};

// The one ValueType of T. Specialised for the standard types here, by a program for its own.
template <class T>
const ValueType& value_type();

template <class T>
ValuePtr make_value(T payload) {
  return ValuePtr(new TypedValue<T>(value_type<T>(), std::move(payload)));
}

// The payload of a value whose type is known to be T's.
template <class T>
const T& payload_of(const Value& value) {
  return static_cast<const TypedValue<T>&>(value).payload();
}

template <>
const ValueType& value_type<std::string>();
template <>
const ValueType& value_type<bool>();
template <>
const ValueType& value_type<std::int64_t>();
template <>
const ValueType& value_type<double>();
template <>
const ValueType& value_type<boost::json::value>();
template <>
const ValueType& value_type<TextMap>();
template <>
const ValueType& value_type<std::vector<std::string>>();
template <>
const ValueType& value_type<std::vector<bool>>();
template <>
const ValueType& value_type<std::vector<std::int64_t>>();
template <>
const ValueType& value_type<std::vector<double>>();
template <>
const ValueType& value_type<std::vector<boost::json::value>>();
template <>
const ValueType& value_type<std::optional<std::string>>();
template <>
const ValueType& value_type<std::optional<std::int64_t>>();
template <>
const ValueType& value_type<std::vector<SearchResult>>();
template <>
const ValueType& value_type<std::vector<CitationSpan>>();
template <>
const ValueType& value_type<std::vector<Exercise>>();

// The standard type of that name ("list<int>", "map<string,string>", ...), or null.
const ValueType* find_value_type(std::string_view name);

// Names of the types a workflow file may declare, for messages.
std::vector<std::string_view> declarable_type_names();

}  // namespace muai
