#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace muai {

// The attributes that survive cleaning.
enum class Attribute : std::uint8_t {
  AriaHidden,
  BgColor,
  Class,
  Color,
  Content,
  Datetime,
  Hidden,
  Href,
  Id,
  ItemProp,
  ItemType,
  Lang,
  Name,
  Open,
  Property,
  Rel,
  Role,
  Style,
};

std::string_view name_of(Attribute attribute);

// `name` in any case; nothing for attributes the extraction does not read.
std::optional<Attribute> attribute_of(std::string_view name);

struct HtmlAttribute {
  Attribute attribute;
  std::string_view value;
};

}  // namespace muai
