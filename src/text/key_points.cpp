// Blocks say what kind of text a sentence stands in, the splitter says where it begins and ends;
// both go through the answer in order, side by side.
#include "muai/text/key_points.h"

#include <algorithm>
#include <array>
#include <string>

#include "muai/text/fold.h"
#include "muai/text/markdown.h"
#include "muai/text/sentences.h"
#include "muai/text/utf8.h"
#include "text/scan.h"

namespace muai {
namespace {

constexpr std::string_view kNotFoundEnglish =
    "The sources do not contain an answer to this question.";
constexpr std::string_view kNotFoundChinese = "资料中没有这个问题的答案。";

constexpr int kMarkMax = 999'999'999;
constexpr std::size_t kCodeTicksMax = 32;
constexpr std::size_t kSourceHeadingBytesMax = 80;

constexpr auto kSourceHeadings = std::to_array<std::string_view>(
    {"sources", "source", "references", "reference", "citations", "bibliography", "来源",
     "资料来源", "信息来源", "参考", "参考资料", "参考文献", "参考来源", "参考链接", "引用",
     "引用来源"});

// "## Sources:", "**来源**：" without what surrounds the word.
bool is_source_heading(std::string_view line) {
  if (line.size() > kSourceHeadingBytesMax) return false;
  std::string word = fold(line);
  std::erase_if(word, [](char c) { return c == '*' || c == '#' || c == '_' || c == ':'; });
  const ByteSpan trimmed = trim(word, {0, word.size()});
  return std::ranges::find(kSourceHeadings, trimmed.of(word)) != kSourceHeadings.end();
}

// Where the source list begins; the end of the answer when it has none.
std::size_t source_list_begin(std::string_view answer, const std::vector<MarkdownBlock>& blocks) {
  for (const MarkdownBlock& block : blocks) {
    if (block.kind != BlockKind::Heading && block.kind != BlockKind::Paragraph) continue;
    for (std::size_t at = block.span.begin; at < block.span.end;) {
      const std::size_t end = std::min(line_end(answer, at), block.span.end);
      if (is_source_heading(answer.substr(at, end - at))) return at;
      at = end + 1;
    }
  }
  return answer.size();
}

// Reads citation marks and inline code in one pass.
class MarkReader {
 public:
  explicit MarkReader(std::string_view text) : text_(text) {}

  // Calls mark(span) for each [N], other(span) for each stretch between marks and code.
  void read(auto&& mark, auto&& other) {
    std::size_t from = 0;
    for (std::size_t at = 0; at < text_.size();) {
      const std::size_t mark_end = citation_end(text_, at, text_.size());
      const std::size_t code = text_[at] == '`' ? code_end(at) : at;
      if (mark_end == at && code == at) {
        ++at;
        continue;
      }
      other(ByteSpan{from, at});
      if (mark_end > at) mark(ByteSpan{at, mark_end});
      if (code > at) other(ByteSpan{at, code});
      from = at = std::max(mark_end, code);
    }
    other(ByteSpan{from, text_.size()});
  }

 private:
  std::size_t ticks_at(std::size_t at) const {
    const std::size_t end = text_.find_first_not_of('`', at);
    return (end == std::string_view::npos ? text_.size() : end) - at;
  }

  // The end of the code that the backticks at `at` open; without a closing run of the same length
  // they are text. One failed search per length keeps the whole linear.
  std::size_t code_end(std::size_t at) {
    const std::size_t ticks = ticks_at(at);
    const bool hopeless = ticks > kCodeTicksMax || unclosed_[ticks - 1];
    for (std::size_t close = at + ticks; !hopeless && close < text_.size();) {
      close = text_.find('`', close);
      if (close == std::string_view::npos) break;
      const std::size_t closing = ticks_at(close);
      close += closing;
      if (closing == ticks) return close;
    }
    if (ticks <= kCodeTicksMax) unclosed_[ticks - 1] = true;
    return at + ticks;
  }

  std::string_view text_;
  std::array<bool, kCodeTicksMax> unclosed_{};
};

int number_of(std::string_view digits) {
  int value = 0;
  for (const char c : digits) {
    if (value > kMarkMax / 10) return kMarkMax;
    value = value * 10 + (c - '0');
  }
  return value;
}

bool holds_letter_or_digit(std::string_view text) {
  for (Utf8Cursor at(text); !at.done(); at.next()) {
    if (is_letter_or_digit(at.value())) return true;
  }
  return false;
}

struct Reading {
  std::vector<int> marks;
  bool speaks = false;        // holds a letter or digit outside marks
  std::string without_marks;  // what it says
};

Reading read_sentence(std::string_view sentence) {
  Reading reading;
  MarkReader(sentence).read(
      [&](ByteSpan mark) {
        reading.marks.push_back(number_of(sentence.substr(mark.begin + 1, mark.size() - 2)));
      },
      [&](ByteSpan other) {
        reading.speaks = reading.speaks || holds_letter_or_digit(other.of(sentence));
        reading.without_marks.append(other.of(sentence));
      });
  const ByteSpan said = trim(reading.without_marks, {0, reading.without_marks.size()});
  reading.without_marks = reading.without_marks.substr(said.begin, said.size());
  return reading;
}

// The last final mark, below closing quotes and emphasis, is a question mark.
bool is_question(std::string_view sentence) {
  constexpr std::string_view kClosers = "\"')]*_`";
  while (!sentence.empty()) {
    const std::size_t last = boundary_before(sentence, sentence.size() - 1);
    const char32_t c = decode_utf8(sentence, last).value;
    if (c == '?' || c == U'？') return true;
    const bool closer =
        c < 0x80 ? kClosers.find(static_cast<char>(c)) != std::string_view::npos
                 : c == U'”' || c == U'’' || c == U'」' || c == U'』' || c == U'）' || c == U'】';
    if (!closer) return false;
    sentence = sentence.substr(0, last);
  }
  return false;
}

// The first row of a table names its columns when a row of dashes follows.
bool is_table_heading(std::string_view answer, const MarkdownBlock& block, std::size_t at) {
  const std::size_t first_end = line_end(answer, block.span.begin);
  if (at > first_end || first_end + 1 >= block.span.end) return false;
  const std::size_t second_end = line_end(answer, first_end + 1);
  const std::string_view second = answer.substr(first_end + 1, second_end - first_end - 1);
  return second.find_first_not_of("|-: \t\r") == std::string_view::npos;
}

bool is_statement(std::string_view answer, const MarkdownBlock& block, std::size_t at) {
  switch (block.kind) {
    case BlockKind::Paragraph:
    case BlockKind::ListItem:
    case BlockKind::Quote: return true;
    case BlockKind::Table: return !is_table_heading(answer, block, at);
    case BlockKind::Heading:
    case BlockKind::Code:
    case BlockKind::Rule: return false;
  }
  return true;
}

}  // namespace

std::string_view not_found_sentence(Language language) {
  return language == Language::Chinese ? kNotFoundChinese : kNotFoundEnglish;
}

std::vector<int> citation_marks(std::string_view text) {
  std::vector<int> marks;
  MarkReader(text).read(
      [&](ByteSpan mark) {
        marks.push_back(number_of(text.substr(mark.begin + 1, mark.size() - 2)));
      },
      [](ByteSpan) {});
  return marks;
}

std::vector<KeyPoint> key_points(std::string_view answer) {
  const std::vector<MarkdownBlock> blocks = scan_markdown(answer);
  const std::string_view body = answer.substr(0, source_list_begin(answer, blocks));
  std::vector<KeyPoint> points;
  auto block = blocks.begin();
  for (ByteSpan sentence : split_sentences(body)) {
    while (block != blocks.end() && block->span.end <= sentence.begin) ++block;
    if (block != blocks.end() && block->span.begin <= sentence.begin) {
      if (!is_statement(answer, *block, sentence.begin)) continue;
      sentence.begin = std::clamp(block->content.begin, sentence.begin, sentence.end);
    }
    Reading reading = read_sentence(sentence.of(answer));
    if (!reading.speaks || is_question(reading.without_marks)) continue;
    if (reading.without_marks == kNotFoundEnglish || reading.without_marks == kNotFoundChinese) {
      continue;
    }
    points.push_back({sentence, std::move(reading.marks)});
  }
  return points;
}

}  // namespace muai
