#include "muai/core/text_map.h"

#include <functional>

namespace muai {
namespace {

constexpr std::size_t kLinearScanMax = 16;
constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);

std::size_t hash_of(std::string_view name) { return std::hash<std::string_view>{}(name); }

}  // namespace

TextMap::TextMap(std::initializer_list<Entry> entries) {
  for (const Entry& entry : entries) set(entry.first, entry.second);
}

std::size_t TextMap::position_of(std::string_view name) const {
  if (index_.empty()) {
    for (std::size_t i = 0; i < entries_.size(); ++i)
      if (entries_[i].first == name) return i;
    return kAbsent;
  }
  const auto [first, last] = index_.equal_range(hash_of(name));
  for (auto it = first; it != last; ++it)
    if (entries_[it->second].first == name) return it->second;
  return kAbsent;
}

const std::string* TextMap::find(std::string_view name) const {
  const std::size_t position = position_of(name);
  return position == kAbsent ? nullptr : &entries_[position].second;
}

bool TextMap::set(std::string name, std::string text) {
  const std::size_t position = position_of(name);
  if (position != kAbsent) {
    entries_[position].second = std::move(text);
    return false;
  }
  entries_.emplace_back(std::move(name), std::move(text));
  if (!index_.empty()) {
    index_.emplace(hash_of(entries_.back().first), entries_.size() - 1);
  } else if (entries_.size() > kLinearScanMax) {
    for (std::size_t i = 0; i < entries_.size(); ++i) index_.emplace(hash_of(entries_[i].first), i);
  }
  return true;
}

}  // namespace muai
