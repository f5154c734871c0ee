#include "muai/core/state.h"

#include <algorithm>
#include <boost/json.hpp>
#include <memory>
#include <new>

#include "muai/core/check.h"

namespace muai {
namespace json = boost::json;
namespace {

// A member that came as JSON before any code gave its name a type. Its typed form is made at the
// first typed read and kept, so that references into it live as long as the state.
class RawMember final : public Value {
 public:
  explicit RawMember(json::value json);
  ~RawMember() {
    if (const Value* converted = converted_.load()) converted->drop_reference();
  }

  const json::value& json() const { return json_; }

  Result<const Value*> as(const ValueType& type, JsonPath& path) const {
    if (const Value* known = converted_.load(std::memory_order_acquire)) {
      MUAI_CHECK(&known->type() == &type);  // one name has one type
      return known;
    }
    MUAI_TRY(const ValuePtr made, type.read(json_, path));
    const Value* expected = nullptr;
    if (converted_.compare_exchange_strong(expected, made.get(), std::memory_order_acq_rel)) {
      made->add_reference();
      return made.get();
    }
    return expected;
  }

 private:
  json::value json_;
  mutable std::atomic<const Value*> converted_{nullptr};
};

const RawMember& raw(const Value& value) { return static_cast<const RawMember&>(value); }

const ValueType& raw_type() {
  static const ValueType type = [] {
    ValueType made{};
    made.name = "raw json";
    made.write = [](const Value& value, JsonWriter& out) { return out.value(raw(value).json()); };
    made.read = [](const json::value& in, JsonPath&) -> Result<ValuePtr> {
      return ValuePtr(new RawMember(in));
    };
    made.equal = [](const Value& a, const Value& b) { return raw(a).json() == raw(b).json(); };
    made.merge = [](MergeRule, const Value*, const Value&, const Value&) -> Result<ValuePtr> {
      return fail(ErrorCode::Contract, "a key without a declared type cannot be merged");
    };
    made.destroy = [](const Value* value) { delete static_cast<const RawMember*>(value); };
    return made;
  }();
  return type;
}

RawMember::RawMember(json::value json) : Value(raw_type()), json_(std::move(json)) {}

bool equal_values(const Value& a, const Value& b) {
  if (&a == &b) return true;
  if (&a.type() == &b.type()) return a.type().equal(a, b);
  // One side is raw: compare both as the typed side's type.
  const bool a_raw = &a.type() == &raw_type();
  const Value& unconverted = a_raw ? a : b;
  const Value& typed = a_raw ? b : a;
  if (&unconverted.type() != &raw_type()) return false;
  JsonPath path;
  const Result<const Value*> converted = raw(unconverted).as(typed.type(), path);
  return converted && typed.type().equal(**converted, typed);
}

}  // namespace

State::Rep* State::allocate(std::size_t capacity) {
  static_assert(alignof(Entry) <= sizeof(Rep) && sizeof(Rep) % alignof(Entry) == 0);
  void* block = ::operator new(sizeof(Rep) + capacity * sizeof(Entry));
  Rep* rep = new (block) Rep;
  rep->capacity = static_cast<std::uint32_t>(capacity);
  return rep;
}

void State::destroy(Rep* rep) {
  std::destroy_n(rep->entries(), rep->size);
  rep->~Rep();
  ::operator delete(rep);
}

std::size_t State::lower_bound(KeyId id) const {
  const std::span<const Entry> all = entries();
  // States hold a dozen entries: a scan beats a search.
  std::size_t position = 0;
  while (position < all.size() && all[position].id < id) ++position;
  return position;
}

const Value* State::find_value(KeyId id) const {
  const std::size_t position = lower_bound(id);
  if (position == size() || rep_->entries()[position].id != id) return nullptr;
  return rep_->entries()[position].value.get();
}

ValuePtr State::value_of(KeyId id) const {
  const std::size_t position = lower_bound(id);
  if (position == size() || rep_->entries()[position].id != id) return {};
  return rep_->entries()[position].value;
}

State State::with_value(KeyId id, ValuePtr value) const& {
  const std::size_t position = lower_bound(id);
  const bool replaces = position < size() && rep_->entries()[position].id == id;
  Rep* made = allocate(size() + (replaces ? 0 : 1));
  const Entry* old = rep_ ? rep_->entries() : nullptr;
  Entry* out = made->entries();
  out = std::uninitialized_copy_n(old, position, out);
  new (out++) Entry{id, std::move(value)};
  const std::size_t rest = position + (replaces ? 1 : 0);
  std::uninitialized_copy_n(old + rest, size() - rest, out);
  made->size = made->capacity;
  return State(made);
}

State State::with_value(KeyId id, ValuePtr value) && {
  const bool unique = rep_ && rep_->references.load(std::memory_order_acquire) == 1;
  if (unique) {
    const std::size_t position = lower_bound(id);
    if (position < size() && rep_->entries()[position].id == id) {
      rep_->entries()[position].value = std::move(value);
      return std::move(*this);
    }
  }
  return std::as_const(*this).with_value(id, std::move(value));
}

State State::without(KeyId id) const {
  if (!has(id)) return *this;
  Rep* made = allocate(size() - 1);
  Entry* out = made->entries();
  for (const Entry& entry : entries())
    if (entry.id != id) new (out++) Entry(entry);
  made->size = made->capacity;
  return State(made);
}

void State::throw_absent(std::string_view name) {
  throw StateAccess(Error(ErrorCode::Contract, "the state has no '" + std::string(name) +
                                                   "'; declare it as an input of the step"));
}

const Value& State::convert(const Value& value, const ValueType& type, std::string_view name) {
  MUAI_CHECK(&value.type() == &raw_type());
  JsonPath path;
  const JsonPath::Scope scope(path, name);
  const Result<const Value*> converted = raw(value).as(type, path);
  if (!converted) throw StateAccess(converted.error());
  return **converted;
}

bool operator==(const State& a, const State& b) {
  if (a.is_same_as(b)) return true;
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const State::Entry& left = a.entries()[i];
    const State::Entry& right = b.entries()[i];
    if (left.id != right.id || !equal_values(*left.value, *right.value)) return false;
  }
  return true;
}

Result<std::string> state_to_json(const State& state) {
  std::string text = "{";
  JsonWriter writer(text);
  for (const State::Entry& entry : state.entries()) {
    if (text.size() > 1) text += ',';
    const std::string_view name = key_name(entry.id);
    const JsonPath::Scope scope(writer.path(), name);
    MUAI_TRY_VOID(writer.string(name));
    text += ':';
    MUAI_TRY_VOID(entry.value->type().write(*entry.value, writer));
  }
  text += '}';
  return text;
}

Result<State> json_to_state(std::string_view text) {
  MUAI_TRY(const json::value root, parse_json(text));
  JsonPath path;
  if (!root.is_object()) return path.fail("a state is a JSON object");
  State state;
  for (const auto& member : root.get_object()) {
    const JsonPath::Scope scope(path, member.key());
    MUAI_TRY(const KeyId id, intern_key(member.key()));
    const ValueType* type = key_entry(id).type;
    MUAI_TRY(ValuePtr value, (type ? *type : raw_type()).read(member.value(), path));
    state = std::move(state).with_value(id, std::move(value));
  }
  return state;
}

Result<ValuePtr> merge_values(KeyId id, MergeRule rule, const Value* fork, const Value& so_far,
                              const Value& branch) {
  const KeyEntry entry = key_entry(id);
  const auto in_type = [&](const Value& value) -> Result<const Value*> {
    if (!entry.type || &value.type() != &raw_type()) return &value;
    JsonPath path;
    const JsonPath::Scope scope(path, entry.name);
    return raw(value).as(*entry.type, path);
  };
  const Value* base = nullptr;
  if (fork) {
    MUAI_TRY(base, in_type(*fork));
  }
  MUAI_TRY(const Value* const left, in_type(so_far));
  MUAI_TRY(const Value* const right, in_type(branch));
  Result<ValuePtr> merged = left->type().merge(rule, base, *left, *right);
  if (merged) return merged;
  const std::string message = "key '" + std::string(entry.name) + "': " + merged.error().message();
  return std::unexpected(std::move(merged).error().with_message(message));
}

}  // namespace muai
