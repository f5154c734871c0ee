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
};

bool hides_alone(std::string_view property, std::string_view value) {
  if (property == "display") return value == "none";
  if (property == "content-visibility") return value == "hidden";
  if (property == "font-size") {
    const Length length = read_length(value);
    return length.is_known && length.px <= kUnreadablePx;
  }
  if (property == "text-indent") return read_length(value).px <= -kOffScreenPx;
  if (property == "filter") return value.starts_with("opacity(0");
  if (property == "transform")
    return value.starts_with("scale(0)") || value.starts_with("scale(0,") ||
           value.starts_with("scalex(0)") || value.starts_with("scaley(0)") ||
           (value.starts_with("translate") && value.find("(-9") != npos);
  if (property == "clip-path")
    return value.starts_with("inset(50%") || value.starts_with("inset(100%") ||
           value.starts_with("circle(0") || value.starts_with("polygon(0 0)");
  if (property == "color")
    return value == "transparent" ||
           (value.starts_with("rgba") && (value.ends_with(",0)") || value.ends_with(" 0)")));
  return false;
}

void gather(std::string_view property, std::string_view value, Gathered& seen) {
  if (property == "position")
    seen.is_out_of_flow |= value == "absolute" || value == "fixed";
  else if (property == "left" || property == "top" || property == "right" || property == "bottom" ||
           property == "margin-left" || property == "margin-top")
    seen.is_off_screen |= read_length(value).px <= -kOffScreenPx;
  else if (property == "clip")
    seen.is_clipped |= value.starts_with("rect(0") || value.starts_with("rect(1px");
  else if (property == "height" || property == "width" || property == "max-height" ||
           property == "max-width")
    seen.has_no_size |= read_length(value).is_known && read_length(value).px <= 1;
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

// "display:none" or "visibility:hidden" among the declarations.
bool is_hiding_rule(std::string_view declarations) {
  bool hides = false;
  for_each_declaration(declarations, [&](std::string_view property, std::string_view value) {
    hides |= (property == "display" && value == "none") ||
             (property == "visibility" && value == "hidden");
  });
  return hides;
}

bool is_simple_selector(std::string_view selector) {
  return selector.size() > 1 && (selector[0] == '.' || selector[0] == '#') &&
         std::ranges::all_of(selector.substr(1), [](char c) {
           return ascii_is_letter(c) || ascii_is_digit(c) || c == '-' || c == '_';
         });
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

InlineStyle read_inline_style(std::string_view style) {
  InlineStyle out;
  Gathered seen;
  bool hides_overflow = false;
  for_each_declaration(style, [&](std::string_view property, std::string_view value) {
    out.hides |= hides_alone(property, value);
    gather(property, value, seen);
    if (property == "opacity") {
      out.fades = read_length(value).is_known && read_length(value).px <= 0.05;
    } else if (property == "visibility") {
      out.hides_visibility = value == "hidden" || value == "collapse";
      out.shows_visibility = value == "visible";
    } else if (property == "overflow") {
      hides_overflow |= value == "hidden" || value == "clip";
    } else if (property == "color") {
      out.color = read_color(value);
    } else if (property == "background-color" || property == "background") {
      out.has_background = true;
      out.background =
          read_color(value.substr(0, value.starts_with("rgb") ? npos : value.find(' ')));
    }
  });
  out.hides |= seen.is_off_screen || (seen.is_out_of_flow && seen.is_clipped) ||
               (seen.has_no_size && (hides_overflow || seen.is_out_of_flow));
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
        if (is_simple_selector(one)) names.emplace(one);
        from = comma + 1;
      }
    }
  }
  return names;
}

}  // namespace muai
