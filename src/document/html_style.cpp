// Only the properties that can hide text are read; everything else in a style passes by. Lengths
// are turned into pixels roughly: what hides text is far from any border.

#include "document/html_style.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "document/ascii.h"

namespace muai {
namespace {

constexpr std::size_t npos = std::string_view::npos;

// Offsets this far left or up are off every screen.
constexpr double kOffScreenPx = 500;
// Letters this small cannot be read.
constexpr double kUnreadablePx = 2;

constexpr std::pair<std::string_view, Rgb> kColorNames[] = {
    {"aqua", 0x00FFFF},       {"beige", 0xF5F5DC},  {"black", 0x000000},  {"blue", 0x0000FF},
    {"gray", 0x808080},       {"green", 0x008000},  {"grey", 0x808080},   {"ivory", 0xFFFFF0},
    {"lime", 0x00FF00},       {"maroon", 0x800000}, {"navy", 0x000080},   {"olive", 0x808000},
    {"orange", 0xFFA500},     {"pink", 0xFFC0CB},   {"purple", 0x800080}, {"red", 0xFF0000},
    {"silver", 0xC0C0C0},     {"snow", 0xFFFAFA},   {"teal", 0x008080},   {"white", 0xFFFFFF},
    {"whitesmoke", 0xF5F5F5}, {"yellow", 0xFFFF00},
};

struct Length {
  double px = 0;
  bool is_known = false;
};

// The number at the start of `text` with its unit turned into pixels, roughly.
Length read_length(std::string_view text) {
  text = ascii_trim(text);
  Length length;
  if (text.starts_with("+")) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length.px);
  if (error != std::errc()) return length;
  length.is_known = true;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (unit.starts_with("em") || unit.starts_with("rem")) length.px *= 16;
  if (unit.starts_with("pt")) length.px *= 4.0 / 3;
  if (unit.starts_with("vw") || unit.starts_with("vh") || unit.starts_with("%")) length.px *= 10;
  return length;
}

std::string_view without_important(std::string_view value) {
  const std::size_t bang = value.find('!');
  return ascii_trim(value.substr(0, bang));
}

// Calls sink(property, value), both lower case and trimmed, for each declaration.
template <class Sink>
void for_each_declaration(std::string_view style, Sink sink) {
  const std::string lower = ascii_lower(style);
  const std::string_view all = lower;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.find(';', at), all.size());
    const std::string_view declaration = all.substr(at, end - at);
    const std::size_t colon = declaration.find(':');
    if (colon != npos)
      sink(ascii_trim(declaration.substr(0, colon)),
           without_important(declaration.substr(colon + 1)));
    at = end + 1;
  }
}

// What only several declarations together can tell.
struct Gathered {
  bool is_out_of_flow = false, is_off_screen = false, is_clipped = false, has_no_size = false;
  bool hides_overflow = false;
};

bool is_unreadable(std::string_view size) {
  const Length length = read_length(size);
  return length.is_known && length.px <= kUnreadablePx;
}

// transparent, #rrggbb00, rgba(..., 0), hsl(... / 0%).
bool is_transparent(std::string_view color) {
  if (color == "transparent") return true;
  if (color.starts_with("#"))
    return (color.size() == 9 && color.ends_with("00")) ||
           (color.size() == 5 && color.ends_with("0"));
  const std::size_t last = color.find_last_of(",/");
  if (last == npos || !color.ends_with(")")) return false;
  const bool has_alpha =
      color[last] == '/' || color.starts_with("rgba") || color.starts_with("hsla");
  if (!has_alpha || std::ranges::count(color, ',') == 2) return false;
  const Length alpha = read_length(color.substr(last + 1));
  return alpha.is_known && alpha.px <= 0.05;
}

bool moves_away(std::string_view value) {
  return value.starts_with("translate") && value.find("(-9") != npos;
}

bool scales_to_nothing(std::string_view value) {
  return value.starts_with("scale(0)") || value.starts_with("scale(0,") ||
         value.starts_with("scalex(0)") || value.starts_with("scaley(0)");
}

HidingRule rule_of(std::string_view property, std::string_view value) {
  if (property == "display" && value == "none") return HidingRule::Display;
  if (property == "content-visibility" && value == "hidden") return HidingRule::Display;
  // "font: 0/0 a" is how words are replaced by a picture.
  if ((property == "font-size" || property == "font") && is_unreadable(value))
    return HidingRule::TinyText;
  if (property == "text-indent" && read_length(value).px <= -kOffScreenPx)
    return HidingRule::OffScreen;
  if (property == "filter" && value.starts_with("opacity(0")) return HidingRule::Opacity;
  if (property == "opacity" && read_length(value).is_known && read_length(value).px <= 0.05)
    return HidingRule::Opacity;
  if (property == "transform" && moves_away(value)) return HidingRule::OffScreen;
  if (property == "transform" && scales_to_nothing(value)) return HidingRule::NoSize;
  if (property == "zoom" && value == "0") return HidingRule::NoSize;
  if (property == "clip-path" &&
      (value.starts_with("inset(50%") || value.starts_with("inset(100%") ||
       value.starts_with("circle(0") || value.starts_with("polygon(0 0)")))
    return HidingRule::Clipped;
  if ((property == "color" || property == "-webkit-text-fill-color") && is_transparent(value))
    return HidingRule::SameColor;
  return HidingRule::None;
}

void gather(std::string_view property, std::string_view value, Gathered& seen) {
  if (property == "position")
    seen.is_out_of_flow |= value == "absolute" || value == "fixed";
  else if (property == "left" || property == "top" || property == "right" || property == "bottom" ||
           property == "margin-left" || property == "margin-top" || property == "inset")
    seen.is_off_screen |= read_length(value).px <= -kOffScreenPx;
  else if (property == "clip")
    seen.is_clipped |= value.starts_with("rect(0") || value.starts_with("rect(1px");
  else if (property == "height" || property == "width" || property == "max-height" ||
           property == "max-width")
    seen.has_no_size |= read_length(value).is_known && read_length(value).px <= 1;
  else if (property == "overflow")
    seen.hides_overflow |= value == "hidden" || value == "clip";
}

HidingRule rule_of(const Gathered& seen) {
  if (seen.is_off_screen) return HidingRule::OffScreen;
  if (seen.is_out_of_flow && seen.is_clipped) return HidingRule::Clipped;
  if (seen.has_no_size && (seen.hides_overflow || seen.is_out_of_flow)) return HidingRule::NoSize;
  return HidingRule::None;
}

std::optional<Rgb> read_hex(std::string_view digits) {
  Rgb value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (digits.size() == 6) return value;
  if (digits.size() != 3) return std::nullopt;
  return ((value >> 8) & 15) * 0x110000 + ((value >> 4) & 15) * 0x1100 + (value & 15) * 0x11;
}

std::optional<Rgb> read_rgb_function(std::string_view text) {
  const std::size_t open = text.find('(');
  Rgb value = 0;
  std::size_t at = open + 1;
  for (int part = 0; part < 3; ++part) {
    while (at < text.size() && (ascii_is_space(text[at]) || text[at] == ',')) ++at;
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    value = value << 8 | std::min(number, 255U);
    at = static_cast<std::size_t>(end - text.data());
  }
  return value;
}

// True when the declarations of a rule alone hide what it is for.
bool is_hiding_rule(std::string_view declarations) {
  const InlineStyle style = read_inline_style(declarations);
  if (style.hides_visibility) return true;
  if (style.color && style.background && is_same_color(*style.color, *style.background))
    return true;
  return style.hides != HidingRule::None && style.hides != HidingRule::Opacity;
}

// ".name" or "#name" of a selector that is no more than that, or that and a tag; else "".
std::string_view simple_selector(std::string_view selector) {
  const std::size_t mark = selector.find_first_of(".#");
  if (mark == npos || selector.size() - mark < 2) return {};
  if (!std::ranges::all_of(selector.substr(0, mark), ascii_is_letter)) return {};
  const std::string_view name = selector.substr(mark);
  const bool is_plain = std::ranges::all_of(name.substr(1), [](char c) {
    return ascii_is_letter(c) || ascii_is_digit(c) || c == '-' || c == '_';
  });
  return is_plain ? name : std::string_view();
}

}  // namespace

std::optional<Rgb> read_color(std::string_view text) {
  const std::string lower = ascii_lower(ascii_trim(text));
  const std::string_view value = lower;
  if (value.starts_with("#")) return read_hex(value.substr(1));
  if (value.starts_with("rgb")) return read_rgb_function(value);
  for (const auto& [name, rgb] : kColorNames)
    if (name == value) return rgb;
  return std::nullopt;
}

bool is_same_color(Rgb a, Rgb b) {
  for (int shift = 0; shift < 24; shift += 8)
    if (std::abs(static_cast<int>(a >> shift & 255) - static_cast<int>(b >> shift & 255)) > 12)
      return false;
  return true;
}

std::string_view to_string(HidingRule rule) {
  switch (rule) {
    case HidingRule::None: return "visible";
    case HidingRule::Display: return "display:none";
    case HidingRule::Visibility: return "visibility:hidden";
    case HidingRule::Opacity: return "opacity:0";
    case HidingRule::TinyText: return "letters too small to read";
    case HidingRule::OffScreen: return "off-screen";
    case HidingRule::Clipped: return "clipped to nothing";
    case HidingRule::NoSize: return "zero size";
    case HidingRule::SameColor: return "text in the colour of its background";
    case HidingRule::Attribute: return "hidden attribute";
    case HidingRule::StyleSheet: return "hidden by the page's style sheet";
    case HidingRule::NotRendered: return "an element that browsers do not show";
  }
  return "visible";
}

InlineStyle read_inline_style(std::string_view style) {
  InlineStyle out;
  Gathered seen;
  for_each_declaration(style, [&](std::string_view property, std::string_view value) {
    if (const HidingRule rule = rule_of(property, value); rule != HidingRule::None)
      out.hides = rule;
    gather(property, value, seen);
    if (property == "visibility") {
      out.hides_visibility = value == "hidden" || value == "collapse";
      out.shows_visibility = value == "visible";
    } else if (property == "color") {
      out.color = read_color(value);
    } else if (property == "background-color" || property == "background") {
      out.has_background = true;
      out.background =
          read_color(value.substr(0, value.starts_with("rgb") ? npos : value.find(' ')));
    }
  });
  if (const HidingRule rule = rule_of(seen); rule != HidingRule::None) out.hides = rule;
  return out;
}

HiddenNames read_hidden_names(std::string_view sheet) {
  HiddenNames names;
  std::size_t depth = 0;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < sheet.size(); ++at) {
    if (sheet.substr(at).starts_with("/*")) {
      const std::size_t end = sheet.find("*/", at + 2);
      if (end == npos) break;
      at = end + 1;
      if (depth == 0) begin = at + 1;
    } else if (sheet[at] == '}') {
      depth -= depth > 0 ? 1 : 0;
      if (depth == 0) begin = at + 1;
    } else if (sheet[at] == ';' && depth == 0) {
      begin = at + 1;
    } else if (sheet[at] == '{' && depth++ == 0) {
      const std::size_t close = sheet.find('}', at);
      if (close == npos) break;
      const std::string_view selectors = sheet.substr(begin, at - begin);
      if (!is_hiding_rule(sheet.substr(at + 1, close - at - 1))) continue;
      for (std::size_t from = 0; from <= selectors.size();) {
        const std::size_t comma = std::min(selectors.find(',', from), selectors.size());
        const std::string_view one = ascii_trim(selectors.substr(from, comma - from));
        if (const auto name = simple_selector(one); !name.empty()) names.emplace(name);
        from = comma + 1;
      }
    }
  }
  return names;
}

}  // namespace muai
