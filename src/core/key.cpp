#include "muai/core/key.h"

#include <algorithm>
#include <cstdio>
#include <deque>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "muai/core/check.h"
#include "muai/core/keys.h"

namespace muai {
namespace {

constexpr std::size_t kNamesMax = 65'536;

// Names to ids and back. Entries are never removed, so views of names stay valid.
class KeyTable {
 public:
  static KeyTable& instance() {
    static KeyTable* table = new KeyTable;  // outlives every static that holds a state
    return *table;
  }

  KeyEntry entry(KeyId id) {
    const std::shared_lock lock(mutex_);
    const auto position = static_cast<std::size_t>(id);
    MUAI_CHECK(position > 0 && position <= entries_.size());
    return entries_[position - 1];
  }

  std::vector<std::string_view> typed_names() {
    std::vector<std::string_view> names;
    const std::shared_lock lock(mutex_);
    for (const KeyEntry& entry : entries_)
      if (entry.type) names.push_back(entry.name);
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<KeyId> intern(std::string_view name) {
    {
      const std::shared_lock lock(mutex_);
      if (const auto it = ids_.find(name); it != ids_.end()) return it->second;
    }
    const std::unique_lock lock(mutex_);
    return find_or_add(name);
  }

  Result<KeyId> declare(std::string_view name, const ValueType& type, MergeRule merge_rule) {
    const std::unique_lock lock(mutex_);
    MUAI_TRY(const KeyId id, find_or_add(name));
    KeyEntry& entry = entries_[static_cast<std::size_t>(id) - 1];
    if (entry.type && entry.type != &type) {
      return fail(ErrorCode::InvalidConfig, "key '" + std::string(name) + "' has type " +
                                                std::string(entry.type->name) +
                                                " already and cannot be declared as " +
                                                std::string(type.name) + "; choose another name");
    }
    if (!entry.type) {
      entry.type = &type;
      entry.merge_rule = merge_rule;
    }
    return id;
  }

 private:
  KeyTable() { add_standard_keys(); }

  Result<KeyId> find_or_add(std::string_view name) {
    if (const auto it = ids_.find(name); it != ids_.end()) return it->second;
    if (entries_.size() >= kNamesMax) {
      return fail(ErrorCode::LimitExceeded,
                  "more than 65,536 different state keys; a state is not a dictionary, put such "
                  "members inside one object");
    }
    names_.emplace_back(name);
    entries_.push_back({names_.back(), nullptr, MergeRule::Error});
    const KeyId id{static_cast<std::uint32_t>(entries_.size())};
    ids_.emplace(names_.back(), id);
    return id;
  }

  template <class T>
  void add_standard(const Key<T>& key) {
    const Result<KeyId> id = declare(key.name(), value_type<T>(), key.merge_rule());
    MUAI_CHECK(id.has_value());
  }

  // Readers of JSON must know the standard types before any code has used the keys.
  void add_standard_keys() {
    add_standard(keys::question);
    add_standard(keys::final_answer);
    add_standard(keys::lesson_topic);
    add_standard(keys::teaching_text);
    add_standard(keys::memory_context);
    add_standard(keys::search_results);
    add_standard(keys::docs);
    add_standard(keys::summaries);
    add_standard(keys::citations);
    add_standard(keys::citation_spans);
    add_standard(keys::lesson_objectives);
    add_standard(keys::lesson_outline);
    add_standard(keys::board_plan);
    add_standard(keys::lesson_explain_structured);
    add_standard(keys::exercises);
    add_standard(keys::kb_sources);
    add_standard(keys::conversation_id);
    add_standard(keys::turn_index);
    add_standard(keys::validation_passed);
    add_standard(keys::validation_errors);
    add_standard(keys::meta);
  }

  std::shared_mutex mutex_;
  std::deque<std::string> names_;
  std::deque<KeyEntry> entries_;
  std::unordered_map<std::string_view, KeyId> ids_;
};

}  // namespace

KeyEntry key_entry(KeyId id) { return KeyTable::instance().entry(id); }

std::vector<std::string_view> typed_key_names() { return KeyTable::instance().typed_names(); }

std::string_view key_name(KeyId id) { return key_entry(id).name; }

Result<KeyId> intern_key(std::string_view name) { return KeyTable::instance().intern(name); }

Result<KeyId> declare_key(std::string_view name, const ValueType& type, MergeRule merge_rule) {
  return KeyTable::instance().declare(name, type, merge_rule);
}

namespace internal {

KeyId intern_typed_key(std::string_view name, const ValueType& type, MergeRule merge_rule) {
  const Result<KeyId> id = KeyTable::instance().declare(name, type, merge_rule);
  if (!id) std::fprintf(stderr, "muai: %s\n", id.error().message().c_str());
  MUAI_CHECK(id.has_value());
  return *id;
}

}  // namespace internal
}  // namespace muai
