#pragma once

// Answers and summaries made of sentences that stand literally in their sources. No weights, no
// network; what MuAI does when no model is configured, and what every model answer falls back to.
//
// A sentence is scored against the question by
//   - BM25 over folded, stemmed words and CJK bigrams, sentence and surroundings apart,
//   - pairs of neighbouring question words that are neighbours in the sentence too,
//   - the kind of answer the question asks for (a number, a date, a name, a definition, a way),
//   - its place: the title and heading above it, the start of its source,
// and sentences that repeat what is already chosen are passed over (maximal marginal relevance,
// Carbonell and Goldstein 1998). Deterministic: equal scores keep source order. All functions are
// thread-safe and take time linear in the texts.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/byte_span.h"

namespace muai {

// A text that may be quoted. The views must outlive the call.
struct SourceText {
  std::string_view url;
  std::string_view title;
  std::string_view text;  // valid UTF-8
  // When not empty, only sentences with exactly these spans may be chosen; all still count as
  // surroundings.
  std::span<const ByteSpan> allowed = {};
};

// How a quoted sentence stands in its source, and is to be shown.
enum class QuoteShape {
  Sentence,
  Item,      // begins an item of a list
  ItemRest,  // goes on in the item before it
  Row,       // a row of a table, its cells between " | "
};

struct RankedSentence {
  std::size_t source = 0;  // position in the list of sources
  ByteSpan span;           // of that source's text: exactly one sentence
  double score = 0;        // higher is better; comparable within one call only
  QuoteShape shape = QuoteShape::Sentence;
};

// A list counts as one sentence and has a budget of its own.
struct AnswerOptions {
  std::size_t sentences_max = 3;
  std::size_t code_points_max = 900;  // of all sentences together; the first always fits
  std::size_t list_code_points_max = 2400;
};

// What the sources say to a question.
struct ExtractedAnswer {
  // Best first. Empty when the sources do not hold an answer.
  std::vector<RankedSentence> sentences;
  // Share of the question's meaning that the best sentence and its surroundings cover, 0 to 1.
  double coverage = 0;
  // When there is no answer: the words of the question that no source speaks of, as written.
  std::vector<std::string> missing;
};

ExtractedAnswer extract_answer(std::string_view question, std::span<const SourceText> sources,
                               const AnswerOptions& options = {});

// The sentences of all sources, best first, none left out: what extract_answer chooses from.
std::vector<RankedSentence> rank_sentences(std::string_view question,
                                           std::span<const SourceText> sources);

struct SummaryOptions {
  std::size_t code_points_max = 600;
  std::size_t sentences_max = 5;
};

// The sentences that say most about `source`, in source order. With a question, those that matter
// to it; an empty question asks for the text's own main points (centrality and position).
std::vector<RankedSentence> summarise(std::string_view question, const SourceText& source,
                                      const SummaryOptions& options = {});

}  // namespace muai
