#pragma once

// What a workflow knows at one moment: an immutable set of typed entries.
//
//     State next = state.with(keys::question, "Who was Ada Lovelace?");
//     const std::string& text = next[keys::question];
//
// Copying is one reference count. `with` copies the table of pointers, never the values. What is
// not set stays exactly as it was, which is what merging, traces and checkpoints rely on. States
// may be shared between threads; one State object may not be assigned while another thread reads
// it.

#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "muai/core/key.h"
#include "muai/core/value.h"

namespace muai {

// Thrown by `state[key]` for an entry that is absent or does not hold what its key promises, and
// caught at the step boundary, where it becomes the step's Error.
class StateAccess {
 public:
  explicit StateAccess(Error error) : error_(std::move(error)) {}
  const Error& error() const { return error_; }

 private:
  Error error_;
};

class State {
 public:
  struct Entry {
    KeyId id;
    ValuePtr value;  // never null inside a state
  };

  State() = default;
  State(const State& other) : rep_(other.rep_) { retain(rep_); }
  State(State&& other) noexcept : rep_(std::exchange(other.rep_, nullptr)) {}
  State& operator=(State other) noexcept {
    std::swap(rep_, other.rep_);
    return *this;
  }
  ~State() { release(rep_); }

  std::size_t size() const { return rep_ ? rep_->size : 0; }
  bool empty() const { return size() == 0; }

  // All entries, by ascending id. Valid while this state lives.
  std::span<const Entry> entries() const;

  bool has(KeyId id) const { return find_value(id) != nullptr; }
  template <class T>
  bool has(const Key<T>& key) const {
    return has(key.id());
  }

  // The value under `key`, valid while any state that shares it lives. Throws StateAccess when it
  // is absent or when a JSON member read earlier does not fit the key's type.
  template <class T>
  const T& operator[](const Key<T>& key) const {
    const Value* value = find_value(key.id());
    if (!value) throw_absent(key.name());
    return payload_of<T>(typed(*value, value_type<T>(), key.name()));
  }

  // As above, but null when absent.
  template <class T>
  const T* find(const Key<T>& key) const {
    const Value* value = find_value(key.id());
    return value ? &payload_of<T>(typed(*value, value_type<T>(), key.name())) : nullptr;
  }

  template <class T>
  State with(const Key<T>& key, std::type_identity_t<T> value) const& {
    return with_value(key.id(), make_value<T>(std::move(value)));
  }
  template <class T>
  State with(const Key<T>& key, std::type_identity_t<T> value) && {
    return std::move(*this).with_value(key.id(), make_value<T>(std::move(value)));
  }

  // The untyped forms, for code that moves entries without looking inside.
  const Value* find_value(KeyId id) const;
  ValuePtr value_of(KeyId id) const;  // null when absent
  State with_value(KeyId id, ValuePtr value) const&;
  State with_value(KeyId id, ValuePtr value) &&;
  State without(KeyId id) const;

  // Calls visit(id, before, after) for every entry that is not the same node in both states;
  // `before` or `after` is null where the entry is absent. No allocation.
  template <class Visit>
  static void diff(const State& from, const State& to, Visit&& visit);

  // The same table in memory: a cheap "nothing changed".
  bool is_same_as(const State& other) const { return rep_ == other.rep_; }

  // Equal when the same keys hold equal values (deep).
  friend bool operator==(const State& a, const State& b);

 private:
  // A table of entries sorted by id, in one block: this header, then the entries.
  struct alignas(8) Rep {
    mutable std::atomic<std::uint32_t> references{1};
    std::uint32_t size = 0;
    std::uint32_t capacity = 0;
    Entry* entries() { return reinterpret_cast<Entry*>(this + 1); }
    const Entry* entries() const { return reinterpret_cast<const Entry*>(this + 1); }
  };

  explicit State(Rep* rep) : rep_(rep) {}
  static Rep* allocate(std::size_t capacity);
  static void retain(const Rep* rep) {
    if (rep) rep->references.fetch_add(1, std::memory_order_relaxed);
  }
  static void release(Rep* rep) {
    if (rep && rep->references.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(rep);
  }
  static void destroy(Rep* rep);
  std::size_t lower_bound(KeyId id) const;

  [[noreturn]] static void throw_absent(std::string_view name);
  // `value` itself when it has that type; for a raw JSON member its converted form, made once.
  static const Value& typed(const Value& value, const ValueType& type, std::string_view name) {
    return &value.type() == &type ? value : convert(value, type, name);
  }
  static const Value& convert(const Value& value, const ValueType& type, std::string_view name);

  Rep* rep_ = nullptr;
};

inline std::span<const State::Entry> State::entries() const {
  return rep_ ? std::span<const Entry>(rep_->entries(), rep_->size) : std::span<const Entry>();
}

template <class Visit>
void State::diff(const State& from, const State& to, Visit&& visit) {
  if (from.is_same_as(to)) return;
  const std::span<const Entry> a = from.entries();
  const std::span<const Entry> b = to.entries();
  const ValuePtr absent;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (j == b.size() || (i < a.size() && a[i].id < b[j].id)) {
      visit(a[i].id, a[i].value, absent);
      ++i;
    } else if (i == a.size() || b[j].id < a[i].id) {
      visit(b[j].id, absent, b[j].value);
      ++j;
    } else {
      if (a[i].value != b[j].value) visit(a[i].id, a[i].value, b[j].value);
      ++i;
      ++j;
    }
  }
}

// JSON of a whole state, members in key order. NaN, infinities and invalid UTF-8 are refused with
// the path of the value.
Result<std::string> state_to_json(const State& state);

// Reads what state_to_json wrote, or any JSON object. Members this program has no key for stay raw
// JSON and are converted at their first typed read.
Result<State> json_to_state(std::string_view text);

// `so_far` and `branch` both grew from `fork` (null when it was absent). Applies `rule`; errors
// name the key.
Result<ValuePtr> merge_values(KeyId id, MergeRule rule, const Value* fork, const Value& so_far,
                              const Value& branch);

}  // namespace muai
