#pragma once

// Names of state entries.
//
//     inline constexpr Key<std::string> question{"question"};  // a name and a type
//
// A name is interned into a small process-wide number at its first use, so that a state looks
// entries up by number. One name has one type: a second Key with another type is a bug and ends
// the process; a workflow file that declares one gets an error.

#include <atomic>
#include <compare>
#include <cstdint>
#include <string_view>
#include <vector>

#include "muai/core/value.h"

namespace muai {

// A dense number for an interned name; 0 is no name.
enum class KeyId : std::uint32_t { None = 0 };

// What is known about an interned name. `type` is null while the name was only seen in JSON.
struct KeyEntry {
  std::string_view name;
  const ValueType* type = nullptr;
  MergeRule merge_rule = MergeRule::Error;
};

// Thread-safe; entries live for ever.
KeyEntry key_entry(KeyId id);
std::string_view key_name(KeyId id);

// The names that have a type, sorted: what a mistyped name may have meant.
std::vector<std::string_view> typed_key_names();

// The id of a name seen in data, whose type is not known yet. At most 65,536 names per process;
// a hostile file beyond that gets LimitExceeded.
Result<KeyId> intern_key(std::string_view name);

// Declares a name with its type, as a workflow file does. InvalidConfig when the name has
// another type already.
Result<KeyId> declare_key(std::string_view name, const ValueType& type, MergeRule merge_rule);

namespace internal {
// For Key: as declare_key, but a conflict is a bug.
KeyId intern_typed_key(std::string_view name, const ValueType& type, MergeRule merge_rule);
}  // namespace internal

// A typed name. Cheap to copy; define it `inline constexpr` beside the step that owns it.
template <class T>
class Key {
 public:
  using Type = T;

  constexpr explicit Key(std::string_view name, MergeRule merge_rule = MergeRule::Error)
      : name_(name), merge_rule_(merge_rule) {}
  constexpr Key(const Key& other) : name_(other.name_), merge_rule_(other.merge_rule_) {}
  Key& operator=(const Key&) = delete;

  constexpr std::string_view name() const { return name_; }
  constexpr MergeRule merge_rule() const { return merge_rule_; }

  KeyId id() const {
    const std::uint32_t known = id_.load(std::memory_order_relaxed);
    if (known != 0) [[likely]]
      return KeyId{known};
    const KeyId id = internal::intern_typed_key(name_, value_type<T>(), merge_rule_);
    id_.store(static_cast<std::uint32_t>(id), std::memory_order_relaxed);
    return id;
  }

 private:
  std::string_view name_;
  MergeRule merge_rule_;
  mutable std::atomic<std::uint32_t> id_{0};  // 0 until the first use
};

}  // namespace muai
