// One walk for marked items, one for rows, one for what introduces a list; what stands between two
// sentences (a blank line, a line break) tells where blocks and lines begin.

#include "model/sentence_parts.h"

#include <algorithm>

#include "model/instruction.h"
#include "muai/text/language.h"
#include "muai/text/markdown.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

constexpr std::size_t kBlockBytesMax = 600;  // of what a colon introduces where it is no list
constexpr std::size_t kListSentencesMax = 80;

class PartFinder {
 public:
  PartFinder(std::string_view text, std::span<const ByteSpan> sentences)
      : text_(text), sentences_(sentences) {
    parts_.of.resize(sentences.size());
  }

  SentenceParts find() && {
    find_marked_items();
    find_rows();
    for (std::size_t i = 0; i + 1 < sentences_.size(); ++i)
      if (introduces(i)) find_list(i);
    return std::move(parts_);
  }

 private:
  std::string_view words(std::size_t i) const { return sentences_[i].of(text_); }

  // What stands between a sentence and the one before it.
  std::string_view gap(std::size_t i) const {
    const std::size_t begin = i > 0 ? sentences_[i - 1].end : 0;
    return text_.substr(begin, sentences_[i].begin - begin);
  }

  bool begins_line(std::size_t i) const {
    return i == 0 || gap(i).find('\n') != std::string_view::npos;
  }
  bool begins_block(std::size_t i) const { return i == 0 || has_blank_line(gap(i)); }

  // Items with a mark of their own: "- x", "2. x".
  void find_marked_items() {
    std::size_t i = 0;
    for (const MarkdownBlock& block : scan_markdown(text_)) {
      if (block.kind != BlockKind::ListItem) continue;
      while (i < sentences_.size() && sentences_[i].begin < block.span.begin) ++i;
      QuoteShape shape = QuoteShape::Item;
      for (; i < sentences_.size() && sentences_[i].end <= block.span.end; ++i) {
        parts_.of[i].shape = shape;
        shape = QuoteShape::ItemRest;
      }
    }
  }

  bool is_row(std::size_t i) const {
    return words(i).find(" | ") != std::string_view::npos && begins_line(i) &&
           (i + 1 == sentences_.size() || begins_line(i + 1)) &&
           parts_.of[i].shape == QuoteShape::Sentence;
  }

  void find_rows() {
    for (std::size_t begin = 0; begin < sentences_.size();) {
      std::size_t end = begin;
      while (end < sentences_.size() && is_row(end) && (end == begin || !begins_block(end))) ++end;
      if (end > begin + 1) set_rows(begin, end);
      begin = std::max(end, begin + 1);
    }
  }

  // A text that begins with a row begins inside a table.
  void set_rows(std::size_t begin, std::size_t end) {
    const bool has_header = begin > 0 && is_header(words(begin));
    for (std::size_t i = begin; i < end; ++i) {
      parts_.of[i].shape = QuoteShape::Row;
      if (has_header && i > begin) parts_.of[i].header = static_cast<std::int32_t>(begin);
    }
    parts_.of[begin].is_header = has_header;
  }

  static bool is_header(std::string_view row) {
    return row.find_first_of("0123456789") == std::string_view::npos;
  }

  // A sentence of some words that ends in a colon, as the last of its block or line.
  bool introduces(std::size_t i) const {
    constexpr std::ptrdiff_t kWordsMin = 3;
    constexpr std::size_t kCjkMin = 4;
    const std::string_view intro = words(i);
    if (parts_.of[i].shape != QuoteShape::Sentence || !begins_line(i + 1)) return false;
    if (!intro.ends_with(':') && !intro.ends_with("：") && !stands_above_commands(i)) return false;
    if (has_cjk(intro)) return count_code_points(intro) >= kCjkMin;
    return std::count(intro.begin(), intro.end(), ' ') + 1 >= kWordsMin;
  }

  // "Use apt for it." with nothing but "# apt install x" below.
  bool stands_above_commands(std::size_t i) const {
    const std::string_view intro = words(i);
    const bool ends = intro.ends_with('.') || intro.ends_with("。");
    return ends && begins_block(i + 1) && is_prompt_line(words(i + 1));
  }

  void find_list(std::size_t intro) {
    const std::size_t begin = intro + 1;
    const bool marked = parts_.of[begin].shape == QuoteShape::Item;
    if (parts_.of[begin].shape == QuoteShape::Row || (!marked && !begins_block(begin))) return;
    const std::size_t end = marked ? end_of_marked(begin) : end_of_block(begin);
    if (end == begin || end - begin > kListSentencesMax) return;
    const auto number = static_cast<std::int32_t>(parts_.lists.size());
    for (std::size_t i = intro; i < end; ++i) parts_.of[i].list = number;
    parts_.of[intro].introduces = true;
    for (std::size_t i = begin; i < end && !marked; ++i)
      parts_.of[i].shape = begins_line(i) ? QuoteShape::Item : QuoteShape::ItemRest;
    parts_.lists.push_back({intro, begin, end, is_prompt_line(words(begin))});
  }

  std::size_t end_of_marked(std::size_t i) const {
    while (i < sentences_.size() &&
           (parts_.of[i].shape == QuoteShape::Item || parts_.of[i].shape == QuoteShape::ItemRest))
      ++i;
    return i;
  }

  // The end of the block that begins at `begin`; `begin` where it is one long line of prose.
  std::size_t end_of_block(std::size_t begin) const {
    std::size_t lines = 1;
    std::size_t end = begin + 1;
    for (; end < sentences_.size() && !begins_block(end); ++end) lines += begins_line(end) ? 1 : 0;
    const std::size_t bytes = sentences_[end - 1].end - sentences_[begin].begin;
    return lines == 1 && bytes > kBlockBytesMax ? begin : end;
  }

  std::string_view text_;
  std::span<const ByteSpan> sentences_;
  SentenceParts parts_;
};

}  // namespace

SentenceParts find_sentence_parts(std::string_view text, std::span<const ByteSpan> sentences) {
  return PartFinder(text, sentences).find();
}

bool has_blank_line(std::string_view between) {
  return std::count(between.begin(), between.end(), '\n') >= 2;
}

}  // namespace muai
