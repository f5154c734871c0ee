#include "document/html_scanner.h"

#include <algorithm>
#include <array>

#include "document/ascii.h"

namespace muai {
namespace {

constexpr std::size_t npos = std::string_view::npos;

bool ends_name(char c) { return ascii_is_space(c) || c == '/' || c == '>'; }

std::size_t skip_spaces(std::string_view html, std::size_t at) {
  while (at < html.size() && ascii_is_space(html[at])) ++at;
  return at;
}

// `at` is after the '='. Sets `value` and returns the offset after it.
std::size_t read_value(std::string_view html, std::size_t at, std::string_view& value) {
  at = skip_spaces(html, at);
  if (at >= html.size()) return npos;
  if (html[at] == '"' || html[at] == '\'') {
    const std::size_t end = html.find(html[at], at + 1);
    if (end == npos) return npos;
    value = html.substr(at + 1, end - at - 1);
    return end + 1;
  }
  const std::size_t begin = at;
  while (at < html.size() && !ascii_is_space(html[at]) && html[at] != '>') ++at;
  value = html.substr(begin, at - begin);
  return at;
}

// True when `name` stands at `at`, ignoring case, and ends there.
bool is_name_at(std::string_view html, std::size_t at, std::string_view name) {
  return html.size() > at + name.size() &&
         ascii_equals_ignoring_case(html.substr(at, name.size()), name) &&
         ends_name(html[at + name.size()]);
}

Tag tag_of_name_as_written(std::string_view name) {
  std::array<char, 12> lower;
  if (name.size() > lower.size()) return Tag::Unknown;
  std::ranges::transform(name, lower.begin(), [](char c) { return ascii_lower(c); });
  return tag_of({lower.data(), name.size()});
}

}  // namespace

std::size_t read_tag(std::string_view html, std::size_t at, RawTag& tag) {
  ++at;
  tag.is_end = html[at] == '/';
  if (tag.is_end) ++at;
  const std::size_t begin = at;
  while (at < html.size() && !ends_name(html[at])) ++at;
  tag.name = html.substr(begin, at - begin);
  tag.tag = tag_of_name_as_written(tag.name);
  tag.attributes.clear();
  for (;;) {
    while (at < html.size() && (ascii_is_space(html[at]) || html[at] == '/')) ++at;
    if (at >= html.size()) return npos;
    if (html[at] == '>') return at + 1;
    const std::size_t name_begin = at;
    ++at;  // the first character belongs to the name even when it is '='
    while (at < html.size() && !ends_name(html[at]) && html[at] != '=') ++at;
    RawAttribute attribute{html.substr(name_begin, at - name_begin), {}};
    at = skip_spaces(html, at);
    if (at < html.size() && html[at] == '=') at = read_value(html, at + 1, attribute.value);
    if (at == npos) return npos;
    if (tag.attributes.size() < kAttributesMax) tag.attributes.push_back(attribute);
  }
}

std::size_t skip_declaration(std::string_view html, std::size_t at) {
  std::size_t end;
  if (!html.substr(at).starts_with("<!--")) {
    end = html.find('>', at);
    return end == npos ? npos : end + 1;
  }
  // "<!-->" and "<!--->" are whole comments; "--!>" ends one too.
  const std::string_view rest = html.substr(at + 4);
  if (rest.starts_with(">")) return at + 5;
  if (rest.starts_with("->")) return at + 6;
  for (end = html.find("--", at + 4); end != npos; end = html.find("--", end + 1)) {
    if (end + 2 < html.size() && html[end + 2] == '>') return end + 3;
    if (html.substr(end + 2).starts_with("!>")) return end + 4;
  }
  return npos;
}

std::size_t find_raw_text_end(std::string_view html, std::size_t from, std::string_view name) {
  for (std::size_t at = html.find("</", from); at != npos; at = html.find("</", at + 2))
    if (is_name_at(html, at + 2, name)) return at;
  return npos;
}

std::size_t find_script_end(std::string_view html, std::size_t from) {
  // The three states of the standard: script data, escaped, double escaped.
  bool escaped = false, twice = false;
  for (std::size_t at = from; at < html.size(); ++at) {
    if (escaped && html.substr(at).starts_with("-->")) {
      escaped = twice = false;
      at += 2;
      continue;
    }
    if (html[at] != '<') {
      if (!escaped) {
        const std::size_t next = html.find('<', at);
        if (next == npos) return npos;
        at = next - 1;
      }
      continue;
    }
    if (!escaped && html.substr(at).starts_with("<!--")) {
      escaped = true;
      at += 1;  // the dashes may already begin the end: "<!-->"
    } else if (escaped && !twice && is_name_at(html, at + 1, "script")) {
      twice = true;
    } else if (at + 1 < html.size() && html[at + 1] == '/' && is_name_at(html, at + 2, "script")) {
      if (!twice) return at;
      twice = false;
    }
  }
  return npos;
}

}  // namespace muai
