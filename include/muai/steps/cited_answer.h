#pragma once

// From chosen sentences to an answer with its marks, and from an answer back to the check that
// every claim stands in its source.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/byte_span.h"
#include "muai/core/records.h"
#include "muai/model/extractive.h"

namespace muai {

// A source of an answer with where it is stored. `text` may be a passage of the stored text.
struct CitableSource {
  std::string url;
  std::string title;
  std::string text;
  std::string text_sha256;  // empty when it is stored nowhere
  double retrieved_at = 0;
  std::int64_t start = 0;       // of `text` in the stored text, in code points
  std::int64_t byte_start = 0;  // the same in bytes
};

struct CitedAnswer {
  std::string text;                    // sentences, each with its [N]
  std::vector<std::string> citations;  // URLs of the cited sources, in their order
  std::vector<CitationSpan> spans;     // one for each sentence of the answer, in its order
};

// The span that cites `span` of the source's text; `n` is left for the caller.
CitationSpan cite_span(const CitableSource& source, const ByteSpan& span);

// `text` without every [N].
std::string without_marks(std::string_view text);

// Puts sentences of one source together, in its order, sources in the order of their best
// sentence. Blanks inside a sentence are folded to one, and marks [N] of the source's own are left
// out, since they would be taken for ours; nothing else is changed. Items of lists and rows of
// tables become lines that begin with "- ", in place of their own mark. The span of a sentence in a
// local document has a URL that ends in its own #start-end.
CitedAnswer compose_answer(std::span<const CitableSource> sources,
                           std::span<const RankedSentence> chosen);

// What is wrong with one key point of an answer.
struct CitationProblem {
  std::size_t key_point = 0;  // 1-based, in order of the answer
  std::string sentence;       // its text
  std::string what;           // "has no citation", "cites [7], but there are 2 sources", ...
};

// How strictly a key point must agree with its sources.
enum class CitationStrictness {
  Marked,   // every key point has a mark, and every mark names a source
  Literal,  // and stands word for word in the quotes of one of its sources
  Upheld,   // and is upheld by the quotes of its sources (muai/steps/answer_check.h)
};

// Checks the citations of an answer (rules: muai/text/key_points.h). `citations` is the number of
// sources. `spans` are used for Literal and Upheld.
std::vector<CitationProblem> check_citations(std::string_view answer, std::size_t citations,
                                             std::span<const CitationSpan> spans,
                                             CitationStrictness strictness);

// The text stored under a hash; nothing when it is gone.
using TextLookup = std::function<std::optional<std::string>(std::string_view sha256)>;

// Checks that each quote stands at its place in its stored text. Problems carry the number of the
// span (1-based) in `key_point` and the quote in `sentence`.
std::vector<CitationProblem> check_quotes(std::span<const CitationSpan> spans,
                                          const TextLookup& find_text);

// Runs of blanks and line breaks become one blank, none at the ends.
std::string fold_blanks(std::string_view text);

}  // namespace muai
