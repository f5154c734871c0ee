// Each kind of answer has its shape: a run of digits, a capital inside a sentence, brackets and
// quotes of Chinese, a few hundred words. Every function goes over the sentence once or a few
// times.

#include "model/answer_spans.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>

#include "muai/text/language.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_letter(char c) { return is_upper(c) || (c >= 'a' && c <= 'z'); }

bool contains(std::u32string_view set, char32_t c) { return set.find(c) != set.npos; }

constexpr std::u32string_view kNumerals = U"一二三四五六七八九十百千万萬亿億零〇两兩";
constexpr std::u32string_view kMeasures =
    U"个個名人种種位条條年月日次座倍岁歲天部只隻支家所米里公元分小时點点级級层層代章届屆场場";

// Calls sink(word, span) for each run of ASCII letters and digits with inner marks that belong to
// it (1,000 and U.S. and it's).
template <class Sink>
void for_each_word(std::string_view text, Sink&& sink) {
  const auto in_word = [&](std::size_t i) {
    if (is_letter(text[i]) || is_digit(text[i])) return true;
    const bool inner = text[i] == ',' || text[i] == '.' || text[i] == '\'' || text[i] == '-';
    if (!inner || i == 0 || i + 1 >= text.size()) return false;
    if (text[i] == ',') return is_digit(text[i - 1]) && is_digit(text[i + 1]);
    return std::isalnum(static_cast<unsigned char>(text[i - 1])) != 0 &&
           std::isalnum(static_cast<unsigned char>(text[i + 1])) != 0;
  };
  for (std::size_t i = 0; i < text.size();) {
    if (!in_word(i)) {
      ++i;
      continue;
    }
    const std::size_t begin = i;
    while (i < text.size() && in_word(i)) ++i;
    sink(text.substr(begin, i - begin), ByteSpan{begin, i});
  }
}

std::string lower(std::string_view word) {
  std::string out(word);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 38> kNumberWords = {
    "one",     "two",      "three",    "four",      "five",     "six",      "seven",   "eight",
    "nine",    "ten",      "eleven",   "twelve",    "thirteen", "fourteen", "fifteen", "sixteen",
    "twenty",  "thirty",   "forty",    "fifty",     "sixty",    "seventy",  "eighty",  "ninety",
    "hundred", "hundreds", "thousand", "thousands", "million",  "millions", "billion", "billions",
    "half",    "dozen",    "once",     "twice",     "quarter",  "percent"};

constexpr std::array<std::string_view, 24> kTimeWords = {
    "january",  "february", "march",    "april",   "june",      "july",   "august",  "september",
    "october",  "november", "december", "century", "centuries", "monday", "tuesday", "wednesday",
    "thursday", "friday",   "saturday", "sunday",  "decade",    "era",    "bc",      "ad"};

bool looks_like_year(std::string_view word) {
  std::size_t digits = 0;
  while (digits < word.size() && is_digit(word[digits])) ++digits;
  if (digits != 4 || (word[0] != '1' && word[0] != '2')) return false;
  return word.size() == 4 || word.substr(4) == "s" || word[4] == '-';
}

// Runs of Chinese numerals that count something.
void add_numerals(std::string_view text, std::vector<ByteSpan>& spans) {
  std::size_t length = 0;
  std::size_t begin = 0;
  for (Utf8Cursor at(text); !at.done(); at.next()) {
    if (contains(kNumerals, at.value())) {
      if (length++ == 0) begin = at.offset();
      continue;
    }
    if (length >= 2 || (length == 1 && contains(kMeasures, at.value())))
      spans.push_back({begin, at.offset()});
    length = 0;
  }
}

// What stands between an opening and a closing mark, both in `marks`.
void add_between(std::string_view text, char32_t open, char32_t close,
                 std::vector<ByteSpan>& spans) {
  constexpr std::size_t kNameBytesMax = 90;
  std::size_t begin = std::string_view::npos;
  for (Utf8Cursor at(text); !at.done(); at.next()) {
    if (at.value() == open) {
      begin = at.offset() + at.size();
    } else if (at.value() == close && begin != std::string_view::npos) {
      if (at.offset() > begin && at.offset() - begin <= kNameBytesMax)
        spans.push_back({begin, at.offset()});
      begin = std::string_view::npos;
    }
  }
}

// 史蒂芬·金: CJK characters on both sides of a middle dot.
void add_transliterations(std::string_view text, std::vector<ByteSpan>& spans) {
  std::size_t begin = 0;
  bool dotted = false;
  const auto end_at = [&](std::size_t end) {
    if (dotted && end > begin) spans.push_back({begin, end});
    dotted = false;
  };
  constexpr std::size_t kAroundBytes = 15;
  for (Utf8Cursor at(text); !at.done(); at.next()) {
    const char32_t c = at.value();
    if (c == U'·' || c == U'‧' || c == U'・' || c == U'•') {
      if (!dotted) {
        begin = std::max(begin, at.offset() > kAroundBytes ? at.offset() - kAroundBytes : 0);
        while (begin < at.offset() && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80)
          ++begin;
      }
      dotted = true;
    } else if (!is_cjk(c) || contains(U"的是在和與与於于為为及、", c)) {
      end_at(at.offset());
      begin = at.offset() + at.size();
    }
  }
  end_at(text.size());
}

void add_capitalised(std::string_view text, std::vector<ByteSpan>& spans) {
  static constexpr std::array<std::string_view, 6> kInside = {"of",  "the", "de",
                                                              "and", "von", "for"};
  ByteSpan run{0, 0};
  std::size_t words = 0;
  std::size_t inside_end = 0;  // where a run might go on over "of the"
  bool first = true;
  const auto close = [&] {
    if (words > 0) spans.push_back(run);
    words = 0;
  };
  for_each_word(text, [&](std::string_view word, ByteSpan span) {
    const bool follows = words > 0 && span.begin <= std::max(run.end, inside_end) + 1;
    const bool capital = is_upper(word[0]);
    if (capital && follows) {
      run.end = span.end;
      ++words;
    } else if (capital && !first) {
      close();
      run = span;
      words = 1;
    } else if (!capital && follows && is_one_of(word, kInside)) {
      inside_end = span.end;
      return;
    } else {
      close();
    }
    inside_end = 0;
    first = false;
  });
  close();
}

constexpr std::array<std::string_view, 14> kBeforePlaces = {
    "in",     "at",     "from",    "to",      "near",    "of",     "into",
    "across", "around", "through", "between", "outside", "within", "on"};

}  // namespace

std::vector<ByteSpan> numbers_in(std::string_view sentence) {
  std::vector<ByteSpan> spans;
  for_each_word(sentence, [&](std::string_view word, ByteSpan span) {
    const bool digits = std::any_of(word.begin(), word.end(), is_digit);
    if (digits || is_one_of(lower(word), kNumberWords)) spans.push_back(span);
  });
  if (has_cjk(sentence)) add_numerals(sentence, spans);
  return spans;
}

std::vector<ByteSpan> times_in(std::string_view sentence) {
  static constexpr std::string_view kAfterDigits[] = {"年", "月", "日", "世纪", "世紀", "號",
                                                      "号", "时", "時", "點",   "点"};
  std::vector<ByteSpan> spans;
  for_each_word(sentence, [&](std::string_view word, ByteSpan span) {
    const std::string_view after = sentence.substr(span.end);
    const bool dated = is_digit(word.back()) &&
                       std::any_of(std::begin(kAfterDigits), std::end(kAfterDigits),
                                   [&](std::string_view unit) { return after.starts_with(unit); });
    if (dated || looks_like_year(word) || is_one_of(lower(word), kTimeWords) || word == "May")
      spans.push_back(span);
  });
  static constexpr std::string_view kTimes[] = {"时期", "時期", "年代", "世纪",
                                                "世紀", "朝",   "元年"};
  for (const std::string_view word : kTimes) {
    for (std::size_t at = sentence.find(word); at != sentence.npos;
         at = sentence.find(word, at + word.size()))
      spans.push_back({at, at + word.size()});
  }
  return spans;
}

std::vector<ByteSpan> names_in(std::string_view sentence) {
  std::vector<ByteSpan> spans;
  if (!has_cjk(sentence)) {
    add_capitalised(sentence, spans);
    return spans;
  }
  add_between(sentence, U'《', U'》', spans);
  add_between(sentence, U'「', U'」', spans);
  add_between(sentence, U'“', U'”', spans);
  add_between(sentence, U'『', U'』', spans);
  add_transliterations(sentence, spans);
  for_each_word(sentence, [&](std::string_view word, ByteSpan span) {
    if (is_letter(word[0]) && word.size() > 1) spans.push_back(span);
  });
  return spans;
}

std::vector<ByteSpan> places_in(std::string_view sentence) {
  std::vector<ByteSpan> spans;
  if (has_cjk(sentence)) {
    constexpr std::u32string_view kEnds = U"省市县縣国國区區州镇鎮村岛島山河湖海洲城路街郡港";
    for (Utf8Cursor at(sentence); !at.done(); at.next())
      if (contains(kEnds, at.value())) spans.push_back({at.offset(), at.offset() + at.size()});
    return spans;
  }
  for (const ByteSpan& name : names_in(sentence)) {
    std::size_t end = name.begin;
    while (end > 0 && sentence[end - 1] == ' ') --end;
    if (end >= 4 && sentence.substr(end - 4, 4) == " the") end -= 4;
    std::size_t begin = end;
    while (begin > 0 && is_letter(sentence[begin - 1])) --begin;
    if (is_one_of(lower(sentence.substr(begin, end - begin)), kBeforePlaces)) spans.push_back(name);
  }
  return spans;
}

std::vector<ByteSpan> answers_in(std::string_view sentence, AnswerKind kind) {
  switch (kind) {
    case AnswerKind::Time: return times_in(sentence);
    case AnswerKind::Number: return numbers_in(sentence);
    case AnswerKind::Person: return names_in(sentence);
    case AnswerKind::Place: return places_in(sentence);
    case AnswerKind::Any:
    case AnswerKind::Reason:
    case AnswerKind::Way:
    case AnswerKind::Definition: break;
  }
  return {};
}

}  // namespace muai
