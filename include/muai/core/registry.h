#pragma once

// Things found by name: steps, tools, models, workflows. Filled while an engine is put together,
// then only read: lookups take no lock, so do not add while others look.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/nearest.h"
#include "muai/core/result.h"

namespace muai {

template <class T>
class Registry {
 public:
  // `kind` is the word used in messages: "step", "tool", ...
  explicit Registry(std::string kind) : kind_(std::move(kind)) {}

  // AlreadyExists when the name is taken; use `replace` to mean it.
  Result<void> add(std::string name, T item) {
    if (items_.contains(name)) {
      return fail(ErrorCode::AlreadyExists,
                  kind_ + " '" + name + "' is registered already; replace it explicitly");
    }
    items_.emplace(std::move(name), std::move(item));
    return {};
  }

  // Adds, or takes the place of the item of that name.
  void replace(std::string name, T item) {
    items_.insert_or_assign(std::move(name), std::move(item));
  }

  // Null when absent. Valid until the item is replaced.
  const T* find(std::string_view name) const {
    const auto it = items_.find(name);
    return it == items_.end() ? nullptr : &it->second;
  }

  // NotFound names what exists, nearest first.
  Result<const T*> lookup(std::string_view name) const {
    if (const T* item = find(name)) return item;
    return fail(ErrorCode::NotFound,
                "no " + kind_ + " '" + std::string(name) + "'; " + did_you_mean(name, names()));
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& item : items_) names.push_back(item.first);
    return names;
  }

  // In order of name.
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  std::size_t size() const { return items_.size(); }

 private:
  std::string kind_;
  std::map<std::string, T, std::less<>> items_;
};

}  // namespace muai
