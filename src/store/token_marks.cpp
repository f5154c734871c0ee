#include "store/token_marks.h"

#include <algorithm>

#include "muai/store/token_stream.h"
#include "muai/text/language.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

// A mark that ends sentences, followed by a blank where it is Latin: an approximation that costs
// nothing.
bool ends_sentence(std::string_view between) {
  if (between == " ") return false;  // nearly always
  for (std::size_t i = 0; i < between.size(); ++i) {
    const char byte = between[i];
    if (byte == '\n') return true;
    if (byte == '.' || byte == '!' || byte == '?') {
      if (i + 1 < between.size() && static_cast<unsigned char>(between[i + 1]) <= ' ') return true;
    }
    const std::string_view mark = between.substr(i, 3);
    if (mark == "。" || mark == "！" || mark == "？") return true;
  }
  return false;
}

constexpr std::uint32_t kOverlaps = 8;  // beside the marks of a TokenCode

bool ends_part(std::string_view between) { return between.find('>') != std::string_view::npos; }

bool is_number(std::string_view term) {
  return term.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_one_cjk(std::string_view term) {
  if (term.size() < 2 || term.size() > 4 || static_cast<unsigned char>(term.front()) < 0x80) {
    return false;
  }
  const CodePoint point = decode_utf8(term, 0);
  return point.size == term.size() && is_cjk(point.value);
}

}  // namespace

TermKind term_kind(std::string_view term) {
  if (is_one_cjk(term)) return TermKind::CjkCharacter;
  return is_number(term) || is_stop_word(term) ? TermKind::SaysNothing : TermKind::Telling;
}

// Tokens of a CJK run overlap: a character that stands in a bigram comes behind it.
std::uint32_t TokenMarks::next(const Token& token) {
  std::uint32_t marks = token.same_position ? TokenCode::SamePosition : 0;
  if (token.span.begin >= end_before_) {
    if (begins(token)) marks |= TokenCode::Begins;
  } else {
    marks |= kOverlaps;
  }
  end_before_ = std::max(end_before_, token.span.end);
  return marks;
}

std::uint32_t TokenMarks::of_kind(std::uint32_t marks, TermKind kind) {
  const bool overlaps = (marks & (kOverlaps | TokenCode::SamePosition)) != 0;
  marks &= ~kOverlaps;
  if (kind == TermKind::SaysNothing || (kind == TermKind::CjkCharacter && overlaps)) {
    marks |= TokenCode::SaysNothing;
  }
  return marks;
}

bool TokenMarks::begins(const Token& token) const {
  if (end_before_ == 0) return true;
  const auto between = text_.substr(end_before_, token.span.begin - end_before_);
  return field_ == Field::Heading ? ends_part(between) : ends_sentence(between);
}

}  // namespace muai
