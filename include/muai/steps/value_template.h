#pragma once

// Values of generic steps: constants with places that are filled from the state.
//
//   {from: search_results, at: /0/url}           the value of a key, or a part of it
//   {from: meta, at: /mode, or: default}         ... or another value when there is none
//   {join: ["(", {from: question}, ") * 2"]}     a text in one piece
//   {constant: {from: here}}                     exactly what stands there
//   [1, {from: limit}]                           lists and maps are filled inside

#include <boost/json/fwd.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/key.h"
#include "muai/core/result.h"
#include "muai/core/state.h"

namespace muai {

// Immutable and shared; cheap to copy, thread-safe.
class ValueTemplate {
 public:
  static constexpr std::size_t kDepthMax = 64;

  // InvalidConfig when `from`, `join` or `constant` stand beside members that do not belong to
  // them, `at` is no JSON Pointer, or it is nested too deeply. Key names are interned, not checked.
  static Result<ValueTemplate> read(const boost::json::value& source);

  // A key's whole value.
  static ValueTemplate of(KeyId key);

  // The keys that must be set (sources without `or`), and those that are used when set. Sorted.
  std::vector<KeyId> required_keys() const;
  std::vector<KeyId> optional_keys() const;

  // InvalidInput names the key and place where nothing stands.
  Result<boost::json::value> fill(const State& state) const;

  // The same as a value of `target`'s type. A whole key of that type is shared, not copied.
  Result<ValuePtr> fill_as(KeyId target, const State& state) const;

 private:
  struct Rep;
  explicit ValueTemplate(std::shared_ptr<const Rep> rep) : rep_(std::move(rep)) {}
  std::shared_ptr<const Rep> rep_;
};

// `json` as a value of the key's type; a key without one keeps JSON. InvalidInput says the place:
// "scores[2]: expected a number, found string".
Result<ValuePtr> typed_value(KeyId key, const boost::json::value& json);

// Whether `text` is a JSON Pointer (RFC 6901); empty is one, for the whole.
bool is_json_pointer(std::string_view text);

}  // namespace muai
