// The splitter works in two passes. Lines are first gathered into pieces that no sentence may
// leave: a heading, item, quote, table row or line of code is a piece of its own, and neighbouring
// lines of prose are one. Inside a piece, final marks are found and judged by what stands before
// and after them. Every look backward or to the next word is bounded, and what a look forward
// passes is never looked at by a second mark, so the whole is linear.
#include "muai/text/sentences.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "muai/text/language.h"
#include "muai/text/utf8.h"
#include "text/abbreviations.h"
#include "text/lines.h"
#include "text/scan.h"

namespace muai {
namespace {

constexpr std::size_t kWordBytesMax = 32;

bool is_cjk_final(char32_t c) {
  return c == U'。' || c == U'！' || c == U'？' || c == U'；' || c == U'｡' || c == U'．';
}

bool is_any_final(char32_t c) {
  return c == '.' || c == '!' || c == '?' || c == U'…' || c == U'‼' || c == U'⁇' || c == U'⁈' ||
         c == U'⁉' || is_cjk_final(c);
}

bool closes_quote(char32_t c) {
  return c == '\'' || c == U'”' || c == U'’' || c == U'»' || c == U'」' || c == U'』' ||
         c == U'〞' || c == U'＂';
}

bool closes_bracket(char32_t c) {
  return c == ')' || c == ']' || c == '}' || c == U'）' || c == U'］' || c == U'｝' || c == U'】' ||
         c == U'》' || c == U'〉' || c == U'〕' || c == U'〗';
}

// Straight quotes and emphasis open and close with the same character; one bit for each.
constexpr unsigned toggle_bit(char c) {
  switch (c) {
    case '"': return 1;
    case '*': return 2;
    case '`': return 4;
    case '_': return 8;
    case '~': return 16;
    default: return 0;
  }
}

enum class Scan : std::uint8_t { Skip, Mark, MarkLead, Toggle };

// U+2026 and U+203C..2049 begin with the byte E2, U+3002 with E3, full-width marks with EF.
constexpr std::array<Scan, 256> kScan = [] {
  std::array<Scan, 256> table{};
  table['.'] = table['!'] = table['?'] = Scan::Mark;
  table[0xE2] = table[0xE3] = table[0xEF] = Scan::MarkLead;
  for (unsigned char c = 0; c < 0x80; ++c) {
    if (toggle_bit(static_cast<char>(c)) != 0) table[c] = Scan::Toggle;
  }
  return table;
}();

bool continues_sentence(char32_t c) {
  return c == U'，' || c == U'、' || c == U'：' || c == U'）' || c == ',' || c == ';' || c == ':' ||
         c == U'—' || is_cjk_final(c);
}

// What was read from the first final mark on.
struct Ending {
  std::size_t end;             // after marks and closers
  char32_t first = 0;          // the first mark
  bool cjk = false;            // some mark is full-width
  bool loud = false;           // some mark is ! or ?
  bool ellipsis = false;       // "..", "…"
  bool wide_ellipsis = false;  // "……"
  bool quote = false;          // a closing quote follows
  bool bracket = false;        // a closing bracket follows
};

class Piece {
 public:
  Piece(std::string_view text, ByteSpan span, std::vector<ByteSpan>& out)
      : text_(text.substr(0, span.end)), begin_(span.begin), at_(span.begin), out_(out) {}

  void split();

 private:
  std::size_t find_mark(std::size_t at);
  Ending read_ending(std::size_t at);
  std::size_t read_closers(std::size_t at, Ending& ending);
  bool ends_sentence(std::size_t mark, const Ending& ending) const;
  bool is_own_token(std::size_t mark, const Ending& ending) const;
  bool full_width_ends(const Ending& ending, char32_t next, bool blank_follows) const;
  bool period_ends(std::size_t mark, const Ending& ending, std::size_t next) const;
  bool lower_case_begins(std::string_view before, const Ending& ending, std::size_t next) const;
  bool is_digit_before(std::size_t mark) const;
  std::string_view word_before(std::size_t mark) const;
  std::string_view word_at(std::size_t at) const;
  std::size_t with_citations(std::size_t at) const;
  std::size_t with_token_quote(std::size_t mark, const Ending& ending) const;
  void emit(std::size_t end);

  std::string_view text_;  // ends where the piece ends; offsets are those of the whole text
  std::size_t begin_;      // of the sentence being read
  std::size_t at_;
  unsigned open_marks_ = 0;  // toggle bits of what the sentence has opened
  std::vector<ByteSpan>& out_;
};

// The end of an editor's note that stands right at `at`, "[citation needed]", "[note 2]", "[a]"; or
// `at`.
std::size_t note_end(std::string_view text, std::size_t at) {
  constexpr std::size_t kNoteBytesMax = 36;
  if (at >= text.size() || text[at] != '[') return at;
  for (std::size_t i = at + 1; i < std::min(text.size(), at + kNoteBytesMax); ++i) {
    const char c = text[i];
    if (c == ']') return i > at + 1 ? i + 1 : at;
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && c != ' ' && c != '?' && !(c >= '0' && c <= '9')) return at;
  }
  return at;
}

void emit_bounded(std::string_view text, ByteSpan span, std::vector<ByteSpan>& out) {
  span = trim(text, span);
  while (span.size() > kSentenceCodePointsMax) {
    std::size_t count = 0;
    std::size_t blank = 0;
    Utf8Cursor at(text.substr(0, span.end), span.begin);
    for (; !at.done() && count < kSentenceCodePointsMax; at.next(), ++count) {
      if (is_blank(at.value())) blank = at.offset();
    }
    if (at.done()) break;
    const std::size_t cut = blank > span.begin ? blank : at.offset();
    out.push_back(trim(text, {span.begin, cut}));
    span = trim(text, {cut, span.end});
  }
  if (!span.empty()) out.push_back(span);
}

void Piece::split() {
  while (true) {
    const std::size_t mark = find_mark(at_);
    if (mark >= text_.size()) break;
    const Ending ending = read_ending(mark);
    at_ = ending.end;
    if (ends_sentence(mark, ending)) emit(with_citations(with_token_quote(mark, ending)));
  }
  emit_bounded(text_, {begin_, text_.size()}, out_);
}

void Piece::emit(std::size_t end) {
  emit_bounded(text_, {begin_, end}, out_);
  begin_ = end;
  at_ = end;
  open_marks_ = 0;
}

// The next byte that may begin a final mark, and does. Quotes and emphasis passed on the way are
// kept as open or closed.
std::size_t Piece::find_mark(std::size_t at) {
  for (; at < text_.size(); ++at) {
    switch (kScan[static_cast<unsigned char>(text_[at])]) {
      case Scan::Skip: break;
      case Scan::Mark: return at;
      case Scan::MarkLead:
        if (is_any_final(decode_utf8(text_, at).value)) return at;
        break;
      case Scan::Toggle:
        if (at == begin_ || text_[at - 1] != text_[at]) open_marks_ ^= toggle_bit(text_[at]);
        break;
    }
  }
  return at;
}

Ending Piece::read_ending(std::size_t at) {
  Ending ending{.end = at};
  std::size_t dots = 0;
  std::size_t wide_dots = 0;
  Utf8Cursor cursor(text_, at);
  ending.first = cursor.value();
  for (; !cursor.done() && is_any_final(cursor.value()); cursor.next()) {
    const char32_t c = cursor.value();
    ending.cjk |= is_cjk_final(c);
    ending.loud |= c == '!' || c == '?' || c == U'！' || c == U'？';
    dots += c == '.' ? 1 : 0;
    wide_dots += c == U'…' ? 1 : 0;
  }
  ending.ellipsis = dots >= 2 || wide_dots >= 1;
  ending.wide_ellipsis = wide_dots >= 2;
  ending.end = read_closers(cursor.offset(), ending);
  return ending;
}

// Quotes, brackets and emphasis that close right after a mark. After a full-width mark, which no
// blank follows, a straight quote or emphasis closes only what the sentence has opened.
std::size_t Piece::read_closers(std::size_t at, Ending& ending) {
  while (at < text_.size()) {
    const CodePoint point = decode_utf8(text_, at);
    const unsigned bit = point.size == 1 ? toggle_bit(text_[at]) : 0;
    if (bit != 0) {
      if (ending.cjk && (open_marks_ & bit) == 0) break;
      open_marks_ ^= bit;
      ending.quote |= text_[at] == '"';
      const std::size_t other = text_.find_first_not_of(text_[at], at);
      at = other == std::string_view::npos ? text_.size() : other;
      continue;
    }
    if (closes_quote(point.value)) {
      ending.quote = true;
    } else if (closes_bracket(point.value)) {
      ending.bracket = true;
    } else {
      break;
    }
    at += point.size;
  }
  return at;
}

std::size_t Piece::with_citations(std::size_t at) const {
  while (true) {
    const std::size_t open = skip_spaces(text_, at, text_.size());
    const std::size_t end = citation_end(text_, open, text_.size());
    const std::size_t note = end == open ? note_end(text_, at) : end;
    if (note == at || note == open) return at;
    at = note;
  }
}

// In text cut into tokens the closing quote of a sentence is a token, too.
std::size_t Piece::with_token_quote(std::size_t mark, const Ending& ending) const {
  if (!is_own_token(mark, ending)) return ending.end;
  const std::size_t next = skip_spaces(text_, ending.end, text_.size());
  return text_.substr(next).starts_with("'' ") ? next + 2 : ending.end;
}

bool Piece::ends_sentence(std::size_t mark, const Ending& ending) const {
  const std::size_t after = with_citations(ending.end);
  const std::size_t next = skip_blanks(text_, after, text_.size());
  if (next >= text_.size()) return true;
  const char32_t follows = decode_utf8(text_, next).value;
  const bool blank_follows = next > after;
  // "1．标题", "３．５": a number's point.
  if (ending.first == U'．' && mark > begin_ && is_digit_before(mark)) return false;
  if (ending.cjk || ending.wide_ellipsis) return full_width_ends(ending, follows, blank_follows);
  const bool cjk_follows = is_cjk(follows) && !blank_follows;
  if (is_own_token(mark, ending)) return true;
  // Without a blank a Latin mark is inside a number, name, URL or call, unless Chinese goes on.
  if (!blank_follows && after == ending.end && !cjk_follows) return false;
  if (ending.first == '.' && !ending.loud && !ending.ellipsis) {
    return period_ends(mark, ending, next);
  }
  const bool lower = follows < 0x80 && is_ascii_lower(static_cast<char>(follows));
  if (ending.ellipsis && !ending.loud) return !lower && !cjk_follows;
  return !(lower && (ending.quote || ending.bracket)) && !continues_sentence(follows);
}

// "it rains . they stay": text that was cut into tokens, often without capitals.
bool Piece::is_own_token(std::size_t mark, const Ending& ending) const {
  return !ending.ellipsis && mark > begin_ && is_ascii_blank(text_[mark - 1]) &&
         ending.end < text_.size() &&
         (is_ascii_blank(text_[ending.end]) || text_[ending.end] == '\n');
}

bool Piece::full_width_ends(const Ending& ending, char32_t next, bool blank_follows) const {
  if (blank_follows) return true;
  if (continues_sentence(next)) return false;
  // "《为什么？》这本书", "他（真的吗？）走了": a title or an aside, not an end; "（完了。）" is
  // one.
  if (ending.bracket && !ending.quote && ending.loud) return false;
  return true;
}

bool Piece::period_ends(std::size_t mark, const Ending& ending, std::size_t next) const {
  const std::string_view before = word_before(mark);
  const std::string_view word = word_at(next);
  const char first = text_[next];
  const bool closed = ending.quote || ending.bracket;
  // "1. First", "2.1. Second": the number of an item or heading.
  const bool all_numbers = before.find_first_not_of("0123456789.") == std::string_view::npos;
  if (all_numbers && !before.empty() && mark - before.size() == begin_) return false;
  if (!closed) {
    switch (abbreviation_of(before)) {
      case Abbreviation::NeverFinal: return false;
      case Abbreviation::Reference:
        if (is_ascii_digit(first) || is_ascii_letter(first) || first == '(') return false;
        break;
      case Abbreviation::BeforeDigit:
        if (is_ascii_digit(first) || first == '#') return false;
        break;
      case Abbreviation::MayBeFinal:
        if (before != "etc") return often_begins_sentence(word);
        break;
      case Abbreviation::None: break;
    }
    const bool initial = before.size() == 1 && is_ascii_upper(before[0]);
    const bool dotted = before.size() >= 3 && before[before.size() - 2] == '.' &&
                        is_ascii_letter(before.back()) && is_ascii_letter(before[0]);
    if (initial || dotted) return often_begins_sentence(word);
  }
  if (is_ascii_lower(first)) return lower_case_begins(before, ending, next);
  return !continues_sentence(decode_utf8(text_, next).value);
}

// A small letter after a period: an unknown abbreviation, unless the word before is too long for
// one or what follows is a name from a program ("pg_dump", "print()").
bool Piece::lower_case_begins(std::string_view before, const Ending& ending,
                              std::size_t next) const {
  if (ending.quote) return false;
  if (before.size() >= 5 || ending.bracket) return true;
  std::size_t at = next;
  const std::size_t limit = std::min(text_.size(), next + kWordBytesMax);
  while (at < limit && (is_ascii_letter(text_[at]) || is_ascii_digit(text_[at]))) ++at;
  return at + 1 < limit && (text_[at] == '_' || text_[at] == '(' || text_[at] == '.') &&
         !is_ascii_blank(text_[at + 1]);
}

bool Piece::is_digit_before(std::size_t mark) const {
  const char32_t c = decode_utf8(text_, boundary_before(text_, mark - 1)).value;
  return (c >= '0' && c <= '9') || (c >= U'０' && c <= U'９');
}

// Letters, digits and dots just before `mark`, at most kWordBytesMax of them.
std::string_view Piece::word_before(std::size_t mark) const {
  std::size_t begin = mark;
  while (begin > begin_ && mark - begin < kWordBytesMax) {
    const char c = text_[begin - 1];
    const bool word = is_ascii_letter(c) || is_ascii_digit(c) || c == '.' ||
                      static_cast<unsigned char>(c) >= 0x80;
    if (!word) break;
    --begin;
  }
  return text_.substr(begin, mark - begin);
}

std::string_view Piece::word_at(std::size_t at) const {
  std::size_t end = at;
  while (end < text_.size() && end - at < kWordBytesMax && is_ascii_letter(text_[end])) ++end;
  return text_.substr(at, end - at);
}

// "name | size | range": a row of a table, when another one stands above or below it.
bool has_cells(std::string_view line) { return line.find(" | ") != std::string_view::npos; }

bool ends_with_colon(std::string_view text) { return text.ends_with(':') || text.ends_with("："); }

// Gathers lines into pieces.
class Lines {
 public:
  Lines(std::string_view text, std::vector<ByteSpan>& out) : text_(text), out_(out) {}

  void split() {
    for (std::size_t at = 0; at < text_.size();) {
      const Line line = read_line(text_, at);
      const bool introduced =
          introduced_ && line.kind == LineKind::Prose && open_.empty() && fence_length_ == 0;
      if (line.kind != LineKind::Blank) introduced_ = false;
      if (introduced && is_itemised(at)) {
        at = take_items(at);
        continue;
      }
      take(line);
      at = line.span.end + 1;
    }
    close();
  }

 private:
  // Whether the lines of the block that begins at `at` were meant to be lines: one is longer than
  // lines are wrapped, or ends where the first word of the next one still had room, or all of three
  // or more begin with a capital.
  bool is_itemised(std::size_t at) const {
    constexpr std::size_t kWrappedMax = 110;  // code points
    std::size_t longest = 0;
    std::size_t room_needed = kWrappedMax;  // of all breaks, the least that would explain one
    std::size_t before = 0;
    std::size_t lines = 0;
    std::size_t capitals = 0;
    for (; at < text_.size(); ++lines) {
      const Line line = read_line(text_, at);
      if (line.kind != LineKind::Prose) break;
      const std::string_view content = line.content.of(text_);
      if (lines > 0) room_needed = std::min(room_needed, before + 1 + first_word(content));
      capitals += is_ascii_upper(content[0]) ? 1 : 0;
      before = count_code_points(content);
      longest = std::max(longest, before);
      at = line.span.end + 1;
    }
    const bool all_capitals = lines > 2 && capitals == lines;
    return lines > 1 && (longest > kWrappedMax || room_needed <= longest || all_capitals);
  }

  // Code points of the first word; of Chinese, one.
  static std::size_t first_word(std::string_view line) {
    if (is_cjk(decode_utf8(line, 0).value)) return 1;
    return count_code_points(line.substr(0, line.find(' ')));
  }

  // The lines of a block, each a piece of its own. Returns where the next line begins.
  std::size_t take_items(std::size_t at) {
    while (at < text_.size()) {
      const Line line = read_line(text_, at);
      if (line.kind != LineKind::Prose) break;
      extend(line.span);
      close();
      at = line.span.end + 1;
    }
    return at;
  }

  // A line with cells that has a neighbour with cells.
  bool is_row(const Line& line) const {
    if (!has_cells(line.content.of(text_))) return false;
    if (after_row_) return true;
    const std::size_t next = line.span.end + 1;
    return next < text_.size() && has_cells(text_.substr(next, line_end(text_, next) - next));
  }

  void take(const Line& line) {
    if (fence_length_ > 0) {
      take_code(line);
      return;
    }
    const bool row = line.kind == LineKind::Prose && is_row(line);
    after_row_ = row;
    switch (line.kind) {
      case LineKind::Blank:
        introduced_ |= !open_.empty() && ends_with_colon(trim(text_, open_).of(text_));
        close();
        return;
      case LineKind::Prose:
        if (row) {
          close();
          emit_bounded(text_, line.span, out_);
          return;
        }
        // An indented line goes on with the item above it; one at the margin does not.
        if (in_item_ && line.indent < 2) close();
        extend(line.span);
        return;
      case LineKind::Item:
        if (!line.first_number && !after_item_ && !open_.empty()) {
          extend(line.span);
          return;
        }
        close();
        extend(line.span);
        in_item_ = after_item_ = true;
        return;
      case LineKind::Fence:
        close();
        fence_length_ = line.level;
        fence_mark_ = text_[line.content.begin];
        emit_bounded(text_, line.span, out_);
        return;
      case LineKind::Table:
      case LineKind::Rule:
        close();
        after_item_ = false;
        emit_bounded(text_, line.span, out_);
        return;
      case LineKind::Heading:
      case LineKind::Quote:
        close();
        after_item_ = false;
        extend(line.span);
        close();
        return;
    }
  }

  void take_code(const Line& line) {
    emit_bounded(text_, line.span, out_);
    if (line.kind == LineKind::Fence && line.level >= fence_length_ &&
        text_[line.content.begin] == fence_mark_) {
      fence_length_ = 0;
    }
  }

  void extend(ByteSpan line) {
    if (open_.empty()) open_.begin = line.begin;
    open_.end = line.end;
  }

  void close() {
    if (!open_.empty()) {
      after_item_ = in_item_;
      Piece(text_, trim(text_, open_), out_).split();
    }
    open_ = {};
    in_item_ = false;
  }

  std::string_view text_;
  std::vector<ByteSpan>& out_;
  ByteSpan open_;            // the lines of the piece being gathered
  bool in_item_ = false;     // ... began with an item's mark
  bool after_item_ = false;  // the piece before was an item
  bool after_row_ = false;   // the line before was a row
  bool introduced_ = false;  // "as follows:" and a blank line stand before
  int fence_length_ = 0;     // of the code block we are in, else 0
  char fence_mark_ = '`';
};

}  // namespace

std::vector<ByteSpan> split_sentences(std::string_view text) {
  std::vector<ByteSpan> sentences;
  Lines(text, sentences).split();
  return sentences;
}

}  // namespace muai
