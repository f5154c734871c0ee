#pragma once

// An ordered map from text to text that remembers insertion order: the type of `docs` (url ->
// page text) and `summaries`. Order matters because citation numbers follow it. Lookups are by
// hash index above a handful of entries. A value type; not thread-safe while being written.

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace muai {

class TextMap {
 public:
  using Entry = std::pair<std::string, std::string>;

  TextMap() = default;
  TextMap(std::initializer_list<Entry> entries);

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  const Entry& operator[](std::size_t position) const { return entries_[position]; }

  // The text stored under `name`, or null. Valid until the map is changed.
  const std::string* find(std::string_view name) const;

  // Adds at the end, or replaces the text in place; returns true when the name is new.
  bool set(std::string name, std::string text);

  // Equal when the same entries stand in the same order.
  friend bool operator==(const TextMap& a, const TextMap& b) { return a.entries_ == b.entries_; }

 private:
  // Positions by hash of the name; kept only once a linear scan would be slower.
  std::size_t position_of(std::string_view name) const;

  std::vector<Entry> entries_;
  std::unordered_multimap<std::size_t, std::size_t> index_;
};

}  // namespace muai
