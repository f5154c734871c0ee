#pragma once

// What inline CSS says about whether a reader can see an element.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace muai {

// 0xRRGGBB. Transparent text is told apart in InlineStyle.
using Rgb = std::uint32_t;

// By which rule text is kept from readers.
enum class HidingRule : std::uint8_t {
  None,
  Display,      // display:none, content-visibility:hidden
  Visibility,   // visibility:hidden
  Opacity,      // opacity:0
  TinyText,     // letters too small to read
  OffScreen,    // placed outside every screen
  Clipped,      // clipped to nothing
  NoSize,       // a box without extent
  SameColor,    // text in the colour of its background, or in none
  Attribute,    // hidden, aria-hidden on something short, a closed <dialog>
  StyleSheet,   // a class or id that the page's style sheet hides
  NotRendered,  // an element that browsers do not show: <template>, <option>, ...
};

// For a person: "display:none", "off-screen", "text in the colour of its background".
std::string_view to_string(HidingRule rule);

struct InlineStyle {
  // Of this element and all inside. Visibility is told apart, as a descendant may undo it.
  HidingRule hides = HidingRule::None;
  bool hides_visibility = false;  // visibility:hidden
  bool shows_visibility = false;  // visibility:visible
  std::optional<Rgb> color;
  std::optional<Rgb> background;
  bool has_background = false;  // one is set, though perhaps not as a plain colour
};

// Reads a style attribute. Linear, any text.
InlineStyle read_inline_style(std::string_view style);

// A CSS colour (#abc, #aabbcc, rgb(...), common names), or nothing.
std::optional<Rgb> read_color(std::string_view text);

// True when the two are too close to tell apart.
bool is_same_color(Rgb a, Rgb b);

// Classes and ids that a style sheet hides outright: rules whose selector is a single ".name" or
// "#name", perhaps after the name of a tag, outside @media and the like. Names carry their '.' or
// '#'. Opacity is left out here: style sheets animate with it.
using HiddenNames = std::unordered_set<std::string>;
HiddenNames read_hidden_names(std::string_view style_sheet);

}  // namespace muai
