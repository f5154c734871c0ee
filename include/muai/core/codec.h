#pragma once

// How a program gives the state a type of its own:
//
//     struct Money { std::int64_t cents; bool operator==(const Money&) const = default; };
//
//     template <> const ValueType& muai::value_type<Money>() {
//       static const ValueType type = make_value_type<Money, write_money, read_money>("money");
//       return type;
//     }
//
// Put the specialisation in one source and declare it in the header that defines the type.

#include "muai/core/value.h"

namespace muai {

// `kWrite` appends the JSON of a T; `kRead` makes a T from a JSON value and names the place with
// `path.fail(...)` when it cannot. T needs ==. Values of such a type merge by MergeRule::Last
// only.
template <class T, Result<void> (*kWrite)(const T&, JsonWriter&),
          Result<T> (*kRead)(const boost::json::value&, JsonPath&)>
ValueType make_value_type(std::string_view name) {
  ValueType type{};
  type.name = name;
  type.write = [](const Value& value, JsonWriter& out) {
    return kWrite(payload_of<T>(value), out);
  };
  type.read = [](const boost::json::value& json, JsonPath& path) -> Result<ValuePtr> {
    MUAI_TRY(T payload, kRead(json, path));
    return make_value<T>(std::move(payload));
  };
  type.equal = [](const Value& a, const Value& b) { return payload_of<T>(a) == payload_of<T>(b); };
  type.merge = [](MergeRule rule, const Value*, const Value&,
                  const Value& branch) -> Result<ValuePtr> {
    if (rule != MergeRule::Last)
      return fail(ErrorCode::Contract, "values of this type can be merged by 'last' only");
    branch.add_reference();
    return ValuePtr(&branch);
  };
  type.destroy = [](const Value* value) { delete static_cast<const TypedValue<T>*>(value); };
  return type;
}

}  // namespace muai
