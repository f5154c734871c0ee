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

struct InlineStyle {
  bool hides = false;  // display:none, off-screen, zero size, ...: this and all inside
  bool fades = false;  // opacity:0, with which scripts let things appear; as good as hides
  bool hides_visibility = false;  // visibility:hidden, which a descendant may undo
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
// "#name", outside @media and the like. Names carry their '.' or '#'.
using HiddenNames = std::unordered_set<std::string>;
HiddenNames read_hidden_names(std::string_view style_sheet);

}  // namespace muai
