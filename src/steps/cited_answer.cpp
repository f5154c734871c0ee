#include "muai/steps/cited_answer.h"

#include <fmt/format.h>

#include <algorithm>

#include "muai/text/key_points.h"
#include "muai/text/language.h"
#include "muai/text/markdown.h"
#include "muai/text/sentences.h"
#include "muai/text/utf8.h"
#include "steps/evidence.h"

// Composing and checking are two ways to the same fact: compose_answer numbers sentences by their
// sources, check_citations starts from the finished text and knows nothing of how it was made.

namespace muai {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_ascii_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The URL of a sentence in a local document ends in its own place; a web page keeps its address.
std::string citation_url(const CitableSource& source, std::int64_t start, std::int64_t end) {
  if (!source.url.starts_with("kb://")) return source.url;
  const std::string document = source.url.substr(0, source.url.find('#'));
  return fmt::format("{}#{}-{}", document, start, end);
}

// Sources by their best sentence, then reading order.
std::vector<RankedSentence> in_answer_order(std::span<const RankedSentence> chosen) {
  std::vector<std::size_t> source_rank;
  for (const RankedSentence& sentence : chosen)
    if (std::find(source_rank.begin(), source_rank.end(), sentence.source) == source_rank.end())
      source_rank.push_back(sentence.source);
  const auto rank = [&](std::size_t source) {
    return std::find(source_rank.begin(), source_rank.end(), source) - source_rank.begin();
  };
  std::vector<RankedSentence> ordered(chosen.begin(), chosen.end());
  std::sort(ordered.begin(), ordered.end(), [&](const auto& a, const auto& b) {
    if (a.source != b.source) return rank(a.source) < rank(b.source);
    return a.span.begin < b.span.begin;
  });
  return ordered;
}

// "... is valued.[citation needed]": without notes of editors after the final mark.
std::string_view without_notes(std::string_view sentence) {
  constexpr std::size_t kNoteBytesMax = 36;
  while (sentence.ends_with(']')) {
    const std::size_t open = sentence.rfind('[');
    if (open == sentence.npos || open == 0 || sentence.size() - open > kNoteBytesMax) break;
    if (!std::string_view(".!?]\"').").contains(sentence[open - 1])) break;
    sentence = sentence.substr(0, open);
  }
  return sentence;
}

// Puts quotes behind each other: sentences go on in a line, items and rows are items of a list.
class Writing {
 public:
  explicit Writing(std::string& text) : text_(text) {}

  void add(std::string quote, QuoteShape shape, std::int64_t n) {
    const bool item = shape == QuoteShape::Item || shape == QuoteShape::Row;
    if (item) quote = std::string(kBullet) + plain_item(quote);
    if (quote.empty() || quote == kBullet) return;
    if (!text_.empty()) text_ += separator(quote, shape);
    after_ = shape;
    // One sentence of its source may read as two without its notes and line breaks; a mark on each
    // keeps every statement cited.
    bool first = true;
    for (const ByteSpan& part : split_sentences(quote)) {
      const std::string_view words = std::string_view(quote).substr(part.begin, part.size());
      const bool chinese = language_of(words) == Language::Chinese;
      if (!first) text_ += between(words, chinese);
      first = false;
      text_ += fmt::format("{}{}[{}]", words, chinese ? "" : " ", n);
    }
  }

 private:
  static constexpr std::string_view kBullet = "- ";

  // Without its own mark, and without the empty last cell of a row.
  static std::string plain_item(const std::string& quote) {
    std::string_view words = quote;
    const std::vector<MarkdownBlock> blocks = scan_markdown(quote);
    if (!blocks.empty() && blocks[0].kind == BlockKind::ListItem)
      words = blocks[0].content.of(quote);
    while (words.ends_with(" |")) words.remove_suffix(2);
    return std::string(words);
  }

  // Between Chinese sentences stands no blank, except where "[1]12" would look like a number.
  static std::string_view between(std::string_view words, bool chinese) {
    return !chinese || is_ascii_word(words[0]) ? " " : "";
  }

  std::string_view separator(std::string_view quote, QuoteShape shape) const {
    if (shape == QuoteShape::Item || shape == QuoteShape::Row) return "\n";
    const bool after_list = after_ != QuoteShape::Sentence;
    if (shape == QuoteShape::Sentence && after_list) return "\n\n";
    return between(quote, language_of(quote) == Language::Chinese);
  }

  std::string& text_;
  QuoteShape after_ = QuoteShape::Sentence;
};

std::string mark_problem(const std::vector<int>& marks, std::size_t citations) {
  if (marks.empty()) return "has no citation";
  for (const int mark : marks)
    if (mark < 1 || static_cast<std::size_t>(mark) > citations)
      return fmt::format("cites [{}], but there {} {} source{}", mark,
                         citations == 1 ? "is" : "are", citations, citations == 1 ? "" : "s");
  return {};
}

// Each source's quotes hold what it says to the claim.
bool is_upheld(std::string_view claim, const std::vector<int>& marks,
               std::span<const CitationSpan> spans) {
  std::vector<CitableSource> quoted;
  for (const CitationSpan& span : spans)
    if (std::find(marks.begin(), marks.end(), static_cast<int>(span.n)) != marks.end())
      quoted.push_back({.title = span.title, .text = span.quote});
  return is_upheld_by(claim, quoted);
}

bool stands_in_quotes(std::string_view claim, const std::vector<int>& marks,
                      std::span<const CitationSpan> spans) {
  return std::any_of(spans.begin(), spans.end(), [&](const CitationSpan& span) {
    const bool cited =
        std::find(marks.begin(), marks.end(), static_cast<int>(span.n)) != marks.end();
    return cited && fold_blanks(without_marks(span.quote)).find(claim) != std::string::npos;
  });
}

}  // namespace

CitationSpan cite_span(const CitableSource& source, const ByteSpan& span) {
  const std::string_view text = source.text;
  CitationSpan cited;
  cited.title = source.title;
  cited.quote = std::string(text.substr(span.begin, span.size()));
  cited.start = source.start + static_cast<std::int64_t>(code_point_offset(text, span.begin));
  cited.end = cited.start + static_cast<std::int64_t>(count_code_points(cited.quote));
  cited.byte_start = source.byte_start + static_cast<std::int64_t>(span.begin);
  cited.byte_end = source.byte_start + static_cast<std::int64_t>(span.end);
  cited.url = citation_url(source, cited.start, cited.end);
  cited.text_sha256 = source.text_sha256;
  cited.retrieved_at = source.retrieved_at;
  return cited;
}

std::string without_marks(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '[') {
      const std::size_t close = text.find_first_not_of("0123456789", i + 1);
      if (close != text.npos && close > i + 1 && text[close] == ']') {
        i = close + 1;
        // "as shown [2]." reads "as shown.", not "as shown ."
        const bool closes = i < text.size() && std::string_view(".,;:!?)").contains(text[i]);
        while (closes && plain.ends_with(' ')) plain.pop_back();
        continue;
      }
    }
    plain += text[i++];
  }
  return plain;
}

std::string fold_blanks(std::string_view text) {
  std::string folded;
  for (const char c : text) {
    if (!is_blank(c)) {
      folded += c;
    } else if (!folded.empty() && folded.back() != ' ') {
      folded += ' ';
    }
  }
  if (folded.ends_with(' ')) folded.pop_back();
  return folded;
}

CitedAnswer compose_answer(std::span<const CitableSource> sources,
                           std::span<const RankedSentence> chosen) {
  const std::vector<RankedSentence> ordered = in_answer_order(chosen);
  CitedAnswer answer;
  for (const RankedSentence& sentence : ordered)
    answer.spans.push_back(cite_span(sources[sentence.source], sentence.span));

  for (std::size_t source = 0; source < sources.size(); ++source) {
    bool cited = false;
    for (std::size_t i = 0; i < ordered.size(); ++i) {
      if (ordered[i].source != source) continue;
      answer.spans[i].n = static_cast<std::int64_t>(answer.citations.size()) + 1;
      cited = true;
    }
    if (cited) answer.citations.push_back(sources[source].url);
  }

  Writing writing(answer.text);
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    const CitationSpan& span = answer.spans[i];
    // A source's own [N] counts its references, not ours.
    writing.add(fold_blanks(without_marks(without_notes(span.quote))), ordered[i].shape, span.n);
  }
  return answer;
}

std::vector<CitationProblem> check_citations(std::string_view answer, std::size_t citations,
                                             std::span<const CitationSpan> spans,
                                             CitationStrictness strictness) {
  std::vector<CitationProblem> problems;
  std::size_t number = 0;
  for (const KeyPoint& point : key_points(answer)) {
    ++number;
    const std::string_view written = answer.substr(point.span.begin, point.span.size());
    const std::string claim = fold_blanks(without_marks(written));
    std::string what = mark_problem(point.marks, citations);
    if (what.empty() && strictness == CitationStrictness::Literal &&
        !stands_in_quotes(claim, point.marks, spans)) {
      what = fmt::format("does not stand word for word in source [{}]",
                         fmt::join(point.marks, "], ["));
    }
    if (what.empty() && strictness == CitationStrictness::Upheld &&
        !stands_in_quotes(claim, point.marks, spans) && !is_upheld(claim, point.marks, spans)) {
      what = fmt::format("is not upheld by source [{}]", fmt::join(point.marks, "], ["));
    }
    if (!what.empty()) problems.push_back({number, claim, std::move(what)});
  }
  return problems;
}

std::vector<CitationProblem> check_quotes(std::span<const CitationSpan> spans,
                                          const TextLookup& find_text) {
  std::vector<CitationProblem> problems;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const CitationSpan& span = spans[i];
    const auto add = [&](std::string what) {
      problems.push_back({i + 1, fold_blanks(span.quote), std::move(what)});
    };
    const std::optional<std::string> text = find_text(span.text_sha256);
    if (!text) {
      add("its text is no longer stored; ask again, or check with --refetch");
      continue;
    }
    const auto begin = static_cast<std::size_t>(std::max<std::int64_t>(span.byte_start, 0));
    const auto end = static_cast<std::size_t>(std::max<std::int64_t>(span.byte_end, 0));
    if (begin > end || end > text->size() ||
        std::string_view(*text).substr(begin, end - begin) != span.quote)
      add("the stored text of " + span.url + " does not hold these words at their place");
  }
  return problems;
}

}  // namespace muai
