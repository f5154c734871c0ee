#include "text/lines.h"

#include <algorithm>
#include <array>

#include "muai/text/utf8.h"
#include "text/scan.h"

namespace muai {
namespace {

// Bullets beyond ASCII that pages use.
constexpr std::array<char32_t, 10> kBullets = {U'•', U'◦', U'▪', U'●', U'○',
                                               U'■', U'‣', U'⁃', U'·', U'–'};

struct Marker {
  std::size_t end = 0;  // after the mark; 0 when there is none
  bool first_number = true;
};

bool blank_or_end(std::string_view line, std::size_t at) {
  return at >= line.size() || is_blank(decode_utf8(line, at).value);
}

std::size_t digits_end(std::string_view line, std::size_t at) {
  const std::size_t begin = at;
  while (at < line.size() && at - begin < 9 && is_ascii_digit(line[at])) ++at;
  return at;
}

// "1." "1)" "1、" "1．" with at most three digits, so that a year that begins a line is no number
// of an item.
Marker numbered(std::string_view line, std::size_t at) {
  const std::size_t end = digits_end(line, at);
  if (end == at || end - at > 3) return {};
  const bool first = line.substr(at, end - at) == "1";
  const CodePoint mark = decode_utf8(line, end);
  const std::size_t after = end + mark.size;
  if (mark.value == U'、' || mark.value == U'．' || mark.value == U'）') return {after, first};
  if ((mark.value == '.' || mark.value == ')') && blank_or_end(line, after)) return {after, first};
  return {};
}

// "(1) x", "（一）x", "[1] x".
Marker bracketed(std::string_view line, std::size_t at) {
  const CodePoint open = decode_utf8(line, at);
  std::size_t end = digits_end(line, at + open.size);
  if (end == at + open.size && open.value == U'（') {
    const std::string_view rest = line.substr(end, 3);
    constexpr std::string_view kNumbers = "一二三四五六七八九十";
    if (rest.size() == 3 && kNumbers.find(rest) % 3 == 0) end += 3;
  }
  if (end == at + open.size || end - at > 6) return {};
  const CodePoint close = decode_utf8(line, end);
  const std::size_t after = end + close.size;
  if (open.value == U'（') return close.value == U'）' ? Marker{after, true} : Marker{};
  const bool matches = open.value == '(' ? close.value == ')' : close.value == ']';
  const bool item = matches && after < line.size() && blank_or_end(line, after) &&
                    skip_blanks(line, after, line.size()) < line.size();
  return item ? Marker{after, true} : Marker{};
}

Marker item_marker(std::string_view line, std::size_t at) {
  const CodePoint first = decode_utf8(line, at);
  const std::size_t after = at + first.size;
  switch (first.value) {
    case '-':
    case '*':
    case '+': return blank_or_end(line, after) ? Marker{after, true} : Marker{};
    case '(':
    case '[':
    case U'（': return bracketed(line, at);
    default: break;
  }
  if (first.value >= U'①' && first.value <= U'⑳') return {after, true};
  if (std::ranges::find(kBullets, first.value) != kBullets.end() && blank_or_end(line, after)) {
    return {after, true};
  }
  if (first.value < 0x80 && is_ascii_letter(static_cast<char>(first.value)) &&
      after < line.size() && line[after] == ')' && blank_or_end(line, after + 1)) {
    return {after + 1, true};
  }
  return numbered(line, at);
}

bool is_rule(std::string_view line) {
  const char mark = line.empty() ? ' ' : line[0];
  if (mark != '-' && mark != '*' && mark != '_' && mark != '=') return false;
  std::size_t marks = 0;
  for (const char c : line) {
    if (c == mark) {
      ++marks;
    } else if (!is_ascii_blank(c) && c != '\r') {
      return false;
    }
  }
  return marks >= (mark == '=' ? 2u : 3u);
}

std::size_t run_of(std::string_view line, char mark) {
  const std::size_t other = line.find_first_not_of(mark);
  return other == std::string_view::npos ? line.size() : other;
}

std::size_t columns_of(std::string_view blanks) {
  std::size_t columns = 0;
  for (const char c : blanks) columns = c == '\t' ? (columns / 4 + 1) * 4 : columns + 1;
  return columns;
}

void classify(std::string_view text, std::size_t begin, Line& line) {
  const std::string_view rest = text.substr(begin, line.span.end - begin);
  const std::size_t hashes = run_of(rest, '#');
  const std::size_t fence = std::max(run_of(rest, '`'), run_of(rest, '~'));
  line.content.begin = begin;
  if (hashes >= 1 && hashes <= 6 && blank_or_end(rest, hashes)) {
    line.kind = LineKind::Heading;
    line.level = static_cast<int>(hashes);
    line.content.begin += hashes;
    std::string_view body = line.content.of(text);
    while (!body.empty() && (body.back() == '#' || is_ascii_blank(body.back()))) {
      body.remove_suffix(1);
    }
    line.content.end = line.content.begin + body.size();
  } else if (fence >= 3) {
    line.kind = LineKind::Fence;
    line.level = static_cast<int>(std::min<std::size_t>(fence, 1000));
  } else if (is_rule(rest)) {
    line.kind = LineKind::Rule;
    line.content.begin = line.content.end;
  } else if (rest[0] == '|') {
    line.kind = LineKind::Table;
  } else if (rest[0] == '>') {
    line.kind = LineKind::Quote;
    std::size_t at = 0;
    for (; at < rest.size() && (rest[at] == '>' || rest[at] == ' '); ++at) {
      line.level += rest[at] == '>' ? 1 : 0;
    }
    line.content.begin += at;
  } else if (const Marker marker = item_marker(rest, 0); marker.end != 0) {
    line.kind = LineKind::Item;
    line.first_number = marker.first_number;
    line.content.begin += marker.end;
  }
  line.content = trim(text, line.content);
}

}  // namespace

Line read_line(std::string_view text, std::size_t at) {
  Line line;
  line.span = {at, line_end(text, at)};
  const std::size_t begin = skip_spaces(text, at, line.span.end);
  line.indent = columns_of(text.substr(at, begin - at));
  line.content = trim(text, line.span);
  if (line.content.empty()) return line;
  line.kind = LineKind::Prose;
  if (begin == line.content.begin) classify(text, begin, line);
  return line;
}

}  // namespace muai
