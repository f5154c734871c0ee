// Steps that hold an answer to its citations.

#include <fmt/format.h>

#include <boost/json.hpp>

#include "muai/core/keys.h"
#include "muai/model/extractive_model.h"
#include "muai/steps/cited_answer.h"
#include "muai/steps/keys.h"
#include "muai/text/key_points.h"
#include "muai/text/language.h"
#include "steps/standard_steps.h"

namespace muai {
namespace {

std::span<const CitationSpan> spans_of(const State& in) {
  const auto* spans = in.find(keys::citation_spans);
  return spans ? std::span<const CitationSpan>(*spans) : std::span<const CitationSpan>();
}

std::vector<CitationProblem> problems_of(const State& in) {
  // Without quotes nothing can be compared. Sentences of the sources must hold word for word,
  // those of a model in what they say.
  const std::span<const CitationSpan> spans = spans_of(in);
  const std::string* model = in.find(keys::answer_model);
  const bool extractive = !model || *model == kExtractiveModel;
  const CitationStrictness strictness = spans.empty() ? CitationStrictness::Marked
                                        : extractive  ? CitationStrictness::Literal
                                                      : CitationStrictness::Upheld;
  return check_citations(in[keys::final_answer], in[keys::citations].size(), spans, strictness);
}

State validated(const State& in) {
  std::vector<std::string> errors;
  for (const CitationProblem& problem : problems_of(in)) {
    errors.push_back(
        fmt::format("key point {} {}: \"{}\"", problem.key_point, problem.what, problem.sentence));
  }
  const bool passed = errors.empty();
  return in.with(keys::validation_passed, passed).with(keys::validation_errors, std::move(errors));
}

// Drops every key point that cannot be upheld. What is left is cited; when nothing is left, the
// answer is that the sources do not hold one.
State repaired(const State& in) {
  const std::string& answer = in[keys::final_answer];
  const std::vector<KeyPoint> points = key_points(answer);
  std::vector<bool> dropped(points.size() + 1, false);
  for (const CitationProblem& problem : problems_of(in)) dropped[problem.key_point] = true;
  std::string kept;
  std::size_t at = 0;
  std::size_t left = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const ByteSpan& span = points[i].span;
    kept.append(answer, at, span.begin - at);
    if (!dropped[i + 1]) {
      kept.append(answer, span.begin, span.size());
      ++left;
    }
    at = span.end;
  }
  kept.append(answer, at);
  if (left > 0)
    return in.with(keys::final_answer, std::move(kept)).with(keys::citations, in[keys::citations]);
  const std::string* question = in.find(keys::question);
  const Language language = language_of(question ? *question : answer);
  return in.with(keys::final_answer, std::string(not_found_sentence(language)))
      .with(keys::citations, {})
      .with(keys::citation_spans, {})
      .with(keys::answer_found, false);
}

}  // namespace

Step make_citation_validation_step() {
  return step("citation_validation", reads(keys::final_answer, keys::citations),
              may_read(keys::citation_spans, keys::answer_model),
              writes(keys::validation_passed, keys::validation_errors), repeatable(), validated);
}

Step make_citation_repair_step() {
  return step("citation_repair", reads(keys::final_answer, keys::citations),
              may_read(keys::citation_spans, keys::answer_model, keys::question),
              writes(keys::final_answer, keys::citations),
              may_write(keys::citation_spans, keys::answer_found), repeatable(), repaired);
}

}  // namespace muai
