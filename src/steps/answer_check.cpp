#include "muai/steps/answer_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "muai/text/key_points.h"
#include "muai/text/language.h"
#include "muai/text/markdown.h"
#include "steps/evidence.h"

// Sentences are judged one by one, then written anew: what a sentence says, then the marks of what
// upholds it. So nothing of the model's own marks and lists of sources is left to be trusted.

namespace muai {
namespace {

// A sentence that stays, with where it stood.
struct Upheld {
  std::string claim;
  std::vector<Evidence> evidence;
  std::string prefix;   // "- ", "2. ", "> " when it begins a line
  std::string gap;      // before it: "\n\n", "\n" or empty
  std::string heading;  // above it, with its gap; only the first sentence below has it
};

// What a sentence claims: no marks, no blanks before final marks.
std::string claim_of(std::string_view written) {
  const std::string plain = fold_blanks(without_marks(written));
  std::string claim;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const bool before_mark =
        plain[i] == ' ' && i + 1 < plain.size() &&
        std::string_view(".,;:!?)").find(plain[i + 1]) != std::string_view::npos;
    if (!before_mark) claim += plain[i];
  }
  return claim;
}

bool ends_as_sentence(std::string_view claim) {
  constexpr std::string_view kEnds[] = {".", "!", "?", "。", "！", "？", "；", "…"};
  return std::ranges::any_of(kEnds, [&](std::string_view end) { return claim.ends_with(end); });
}

// Reasoning that some models write before they answer.
std::string_view without_reasoning(std::string_view text) {
  constexpr std::string_view kEnd = "</think>";
  const std::size_t end = text.rfind(kEnd);
  return end == text.npos ? text : text.substr(end + kEnd.size());
}

bool is_not_found(std::string_view text) {
  const std::string plain = fold_blanks(without_marks(text));
  return plain.find(not_found_sentence(Language::English)) != std::string::npos ||
         plain.find(not_found_sentence(Language::Chinese)) != std::string::npos;
}

class AnswerCheck {
 public:
  AnswerCheck(std::string_view text, std::string_view question,
              std::span<const CitableSource> sources)
      : text_(text), sources_(sources), index_(sources, question) {}

  CheckedAnswer run() {
    result_.says_not_found = is_not_found(text_);
    const std::vector<MarkdownBlock> blocks = scan_markdown(text_);
    auto block = blocks.begin();
    std::size_t at = 0;
    for (const KeyPoint& point : key_points(text_)) {
      for (; block != blocks.end() && block->span.end <= point.span.begin; ++block)
        if (block->kind == BlockKind::Heading)
          heading_ = fold_blanks(text_.substr(block->span.begin, block->span.size()));
      const bool list = block != blocks.end() && block->kind != BlockKind::Paragraph &&
                        block->span.begin <= point.span.begin;
      judge(point, at, list);
      at = point.span.end;
    }
    write(Layout::AsWritten);
    // Read again, some sentences may run into each other; apart they cannot, or the answer is
    // none that can be checked.
    if (has_problems()) write(Layout::Apart);
    if (has_problems()) result_.answer = {};
    return std::move(result_);
  }

 private:
  void judge(const KeyPoint& point, std::size_t after, bool in_block) {
    const std::string claim = claim_of(text_.substr(point.span.begin, point.span.size()));
    std::vector<Evidence> evidence = evidence_for(claim, known_sources(point.marks));
    if (evidence.empty()) {
      result_.dropped.push_back(claim);
      return;
    }
    Upheld upheld{.claim = claim, .evidence = std::move(evidence)};
    const std::string_view before = text_.substr(after, point.span.begin - after);
    const std::size_t line = before.rfind('\n');
    if (after == 0 || line != before.npos) {
      const std::string_view marker = before.substr(line == before.npos ? 0 : line + 1);
      if (in_block && marker.size() <= 16) upheld.prefix = std::string(marker);
      upheld.gap = before.find("\n\n") != before.npos || !heading_.empty() ? "\n\n" : "\n";
    }
    upheld.heading = std::exchange(heading_, {});
    upheld_.push_back(std::move(upheld));
  }

  std::vector<std::size_t> known_sources(const std::vector<int>& marks) {
    std::vector<std::size_t> known;
    for (const int mark : marks) {
      if (mark < 1 || static_cast<std::size_t>(mark) > sources_.size()) {
        ++result_.marks_removed;
        continue;
      }
      const auto source = static_cast<std::size_t>(mark) - 1;
      if (std::ranges::find(known, source) == known.end()) known.push_back(source);
    }
    return known;
  }

  // The cited sources that uphold it, each alone or all together; else the first other one that
  // does.
  std::vector<Evidence> evidence_for(std::string_view claim,
                                     const std::vector<std::size_t>& cited) {
    std::vector<Evidence> evidence;
    for (const std::size_t source : cited)
      if (const auto found = index_.find(claim, source)) evidence.push_back(*found);
    if (evidence.empty() && cited.size() > 1) evidence = index_.find_together(claim, cited);
    for (std::size_t source = 0; evidence.empty() && source < sources_.size(); ++source) {
      if (std::ranges::find(cited, source) != cited.end()) continue;
      if (const auto found = index_.find(claim, source)) {
        evidence.push_back(*found);
        ++result_.recited;
      }
    }
    return evidence;
  }

  enum class Layout { AsWritten, Apart };

  bool has_problems() const {
    const CitedAnswer& answer = result_.answer;
    return !check_citations(answer.text, answer.citations.size(), answer.spans,
                            CitationStrictness::Upheld)
                .empty();
  }

  void write(Layout layout) {
    result_.answer = {};
    CitedAnswer& answer = result_.answer;
    std::vector<std::int64_t> number(sources_.size(), 0);
    for (const Upheld& upheld : upheld_)
      for (const Evidence& evidence : upheld.evidence) number[evidence.source] = 1;
    for (std::size_t source = 0; source < sources_.size(); ++source) {
      if (number[source] == 0) continue;
      answer.citations.push_back(sources_[source].url);
      number[source] = static_cast<std::int64_t>(answer.citations.size());
    }
    for (const Upheld& upheld : upheld_) {
      std::string marks;
      for (const Evidence& evidence : upheld.evidence) {
        CitationSpan span = cite_span(sources_[evidence.source], evidence.span);
        span.n = number[evidence.source];
        marks += fmt::format("[{}]", span.n);
        answer.spans.push_back(std::move(span));
      }
      const bool chinese = language_of(upheld.claim) == Language::Chinese;
      if (!answer.text.empty())
        answer.text += layout == Layout::Apart ? "\n\n" : gap_before(upheld, chinese);
      ended_ = ends_as_sentence(upheld.claim);
      if (!upheld.heading.empty()) answer.text += upheld.heading + "\n\n";
      if (layout == Layout::AsWritten) answer.text += upheld.prefix;
      answer.text += upheld.claim + (chinese ? "" : " ") + marks;
    }
  }

  // Sentences stay apart when the text is read again: a line break alone joins two lines, and so
  // does anything behind a sentence without a final mark.
  std::string_view gap_before(const Upheld& upheld, bool chinese) const {
    if (!upheld.heading.empty()) return "\n\n";
    if (upheld.prefix.empty() && (upheld.gap == "\n" || !ended_)) return "\n\n";
    if (!upheld.gap.empty()) return upheld.gap;
    return chinese ? "" : " ";
  }

  std::string_view text_;
  std::span<const CitableSource> sources_;
  EvidenceIndex index_;
  std::string heading_;
  std::vector<Upheld> upheld_;
  bool ended_ = true;  // the last sentence that was written has a final mark
  CheckedAnswer result_;
};

}  // namespace

CheckedAnswer check_answer(std::string_view text, std::string_view question,
                           std::span<const CitableSource> sources) {
  return AnswerCheck(without_reasoning(text), question, sources).run();
}

}  // namespace muai
