#include "document/html_attribute.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "document/ascii.h"

namespace muai {
namespace {

constexpr std::string_view kAttributeNames[] = {
    "aria-hidden", "bgcolor",  "class", "color", "content", "datetime", "hidden", "href", "id",
    "itemprop",    "itemtype", "lang",  "name",  "open",    "property", "rel",    "role", "style",
};
static_assert(std::ranges::is_sorted(kAttributeNames));
static_assert(std::size(kAttributeNames) == static_cast<std::size_t>(Attribute::Style) + 1);

}  // namespace

std::string_view name_of(Attribute attribute) {
  return kAttributeNames[static_cast<std::size_t>(attribute)];
}

std::optional<Attribute> attribute_of(std::string_view name) {
  if (name.size() < 2 || name.size() > 11) return std::nullopt;
  std::array<char, 11> lower;
  std::ranges::transform(name, lower.begin(), [](char c) { return ascii_lower(c); });
  const std::string_view key(lower.data(), name.size());
  for (std::size_t i = 0; i < std::size(kAttributeNames); ++i)
    if (kAttributeNames[i].size() == key.size() && kAttributeNames[i][0] == key[0] &&
        kAttributeNames[i] == key)
      return static_cast<Attribute>(i);
  return std::nullopt;
}

}  // namespace muai
