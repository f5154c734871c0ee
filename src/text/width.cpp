// Texts are walked by cluster, what a terminal draws as one. Widths, cuts and line breaks all see
// clusters only, which is why none of them can come apart from the others.
#include "muai/text/width.h"

#include <unicode/uchar.h>

#include <algorithm>

#include "muai/core/byte_span.h"
#include "muai/text/utf8.h"
#include "text/scan.h"

namespace muai {
namespace {

constexpr char32_t kJoiner = 0x200D;
constexpr char32_t kEmojiStyle = 0xFE0F;
constexpr std::string_view kEllipsis = "…";

bool has(char32_t c, UProperty property) {
  return u_hasBinaryProperty(static_cast<UChar32>(c), property) != 0;
}

bool is_regional(char32_t c) { return c >= 0x1F1E6 && c <= 0x1F1FF; }

std::size_t width_of(char32_t c) {
  if (c < 0x300) return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD ? 0 : 1;
  // Vowels and finals of conjoining hangul share the cell of their first consonant.
  if (c >= 0x1160 && c <= 0x11FF) return 0;
  const auto category = U_GET_GC_MASK(static_cast<UChar32>(c));
  if ((category & (U_GC_MN_MASK | U_GC_ME_MASK | U_GC_CF_MASK | U_GC_ZL_MASK | U_GC_ZP_MASK)) != 0)
    return 0;
  const int wide = u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_EAST_ASIAN_WIDTH);
  return wide == U_EA_WIDE || wide == U_EA_FULLWIDTH ? 2 : 1;
}

// What a terminal draws as one: a character with its marks, an emoji sequence, a flag.
struct Cluster {
  ByteSpan span;
  std::size_t width = 0;
  char32_t first = 0;
};

Cluster cluster_at(std::string_view text, std::size_t begin) {
  Utf8Cursor at(text, begin);
  Cluster cluster{.span = {begin, begin}, .first = at.value()};
  const char32_t base = at.value();
  cluster.width = width_of(base);
  at.next();
  if (base < 0x300 && !at.done() && at.value() < 0x80) {
    cluster.span.end = at.offset();
    return cluster;
  }
  if (is_regional(base) && !at.done() && is_regional(at.value())) {
    cluster.width = 2;
    at.next();
  }
  const bool emoji = base > 0xA8 && has(base, UCHAR_EXTENDED_PICTOGRAPHIC);
  char32_t before = base;
  for (; !at.done(); at.next()) {
    const char32_t c = at.value();
    const bool joined = emoji && before == kJoiner && has(c, UCHAR_EXTENDED_PICTOGRAPHIC);
    const bool tone = emoji && has(c, UCHAR_EMOJI_MODIFIER);
    if (c < 0x300 || !(joined || tone || width_of(c) == 0)) break;
    if (c == kEmojiStyle && has(base, UCHAR_EMOJI)) cluster.width = 2;
    before = c;
  }
  cluster.span.end = at.offset();
  return cluster;
}

// Marks that should not begin a line.
bool closes(char32_t c) {
  constexpr std::u32string_view kClosing = U"，。、；：！？）》〉」』】〕”’…,.;:!?)]}%";
  return kClosing.find(c) != std::u32string_view::npos;
}

// A part that is not broken when it fits on a line, and the blanks before it.
struct Part {
  ByteSpan gap;
  ByteSpan span;
  std::size_t gap_width = 0;
  std::size_t width = 0;
};

std::vector<Part> parts_of(std::string_view line) {
  std::vector<Part> parts;
  Part part;
  bool wide_before = false;
  const auto finish = [&] {
    if (part.span.empty()) return;
    parts.push_back(part);
    part = {};
    part.gap = part.span = {parts.back().span.end, parts.back().span.end};
  };
  for (std::size_t at = 0; at < line.size();) {
    const Cluster cluster = cluster_at(line, at);
    at = cluster.span.end;
    // A no-break blank is part of its word.
    if (is_blank(cluster.first) && cluster.first != 0xA0) {
      finish();
      part.gap.end = part.span.begin = part.span.end = at;
      part.gap_width += cluster.width;
      wide_before = false;
      continue;
    }
    const bool wide = cluster.width == 2;
    if ((wide || wide_before) && !closes(cluster.first)) finish();
    part.span.end = at;
    part.width += cluster.width;
    wide_before = wide;
  }
  finish();
  return parts;
}

void wrap_line(std::string_view line, std::size_t columns, std::vector<std::string>& out) {
  std::string row;
  std::size_t used = 0;
  const auto end_row = [&] {
    out.push_back(std::move(row));
    row.clear();
    used = 0;
  };
  for (const Part& part : parts_of(line)) {
    if (used + part.gap_width + part.width <= columns) {
      row.append(part.gap.of(line)).append(part.span.of(line));
      used += part.gap_width + part.width;
      continue;
    }
    if (used > 0) end_row();
    for (std::size_t at = part.span.begin; at < part.span.end;) {
      const Cluster cluster = cluster_at(line.substr(0, part.span.end), at);
      if (used + cluster.width > columns && used > 0) end_row();
      row.append(cluster.span.of(line));
      used += cluster.width;
      at = cluster.span.end;
    }
  }
  end_row();
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Cluster cluster = cluster_at(text, at);
    width += cluster.width;
    at = cluster.span.end;
  }
  return width;
}

std::string truncate_to_width(std::string_view text, std::size_t columns) {
  std::size_t width = 0;
  std::size_t fits = 0;  // bytes that leave room for the ellipsis
  for (std::size_t at = 0; at < text.size();) {
    const Cluster cluster = cluster_at(text, at);
    width += cluster.width;
    at = cluster.span.end;
    if (width + 1 <= columns) fits = at;
    if (width > columns) {
      if (columns == 0) return "";
      return std::string(text.substr(0, fits)).append(kEllipsis);
    }
  }
  return std::string(text);
}

std::string pad_to_width(std::string_view text, std::size_t columns) {
  const std::size_t width = display_width(text);
  std::string out(text);
  if (width < columns) out.append(columns - width, ' ');
  return out;
}

std::vector<std::string> wrap_to_width(std::string_view text, std::size_t columns) {
  columns = std::max<std::size_t>(columns, 2);
  std::vector<std::string> rows;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = line_end(text, at);
    wrap_line(text.substr(at, end - at), columns, rows);
    at = end + 1;
  }
  return rows;
}

}  // namespace muai
