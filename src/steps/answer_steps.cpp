// Steps that make summaries and answers. Sentences are chosen on a pool thread: ranking a few long
// pages takes longer than a loop may.

#include <boost/json.hpp>

#include <algorithm>

#include "muai/core/keys.h"
#include "muai/steps/keys.h"
#include "muai/text/key_points.h"
#include "muai/text/language.h"
#include "muai/text/sentences.h"
#include "steps/doc_sources.h"
#include "steps/standard_steps.h"

namespace muai {
namespace {

constexpr std::string_view kExtractive = "extractive";
constexpr std::size_t kSummarySentencesMax = 8;
constexpr std::size_t kSummaryCodePointsMax = 1600;

// Chosen sentences of one text, a blank line between two, so that they stay sentences.
std::string joined(std::string_view text, const std::vector<RankedSentence>& sentences) {
  std::string summary;
  for (const RankedSentence& sentence : sentences) {
    if (!summary.empty()) summary += "\n\n";
    summary += text.substr(sentence.span.begin, sentence.span.size());
  }
  return summary;
}

// A text without a single statement (a list, a table) is summed up by its first lines.
std::vector<RankedSentence> first_lines(std::string_view text) {
  std::vector<RankedSentence> lines;
  for (const ByteSpan& span : split_sentences(text)) {
    if (lines.size() == kSummarySentencesMax) break;
    lines.push_back({.source = 0, .span = span});
  }
  return lines;
}

TextMap summaries_of(std::string_view question, std::span<const CitableSource> sources) {
  TextMap summaries;
  for (const CitableSource& source : sources) {
    const SourceText text{.url = source.url, .title = source.title, .text = source.text};
    std::vector<RankedSentence> chosen = summarise(
        question, text,
        {.code_points_max = kSummaryCodePointsMax, .sentences_max = kSummarySentencesMax});
    if (chosen.empty()) chosen = first_lines(source.text);
    summaries.set(source.url, joined(source.text, chosen));
  }
  return summaries;
}

// Which sentences of `text` stand in `summary`.
std::vector<ByteSpan> sentences_kept(std::string_view text, std::string_view summary) {
  std::vector<ByteSpan> kept;
  for (const ByteSpan& span : split_sentences(text))
    if (summary.find(text.substr(span.begin, span.size())) != std::string_view::npos)
      kept.push_back(span);
  return kept;
}

State with_answer(const State& in, CitedAnswer answer, bool found) {
  return in.with(keys::final_answer, std::move(answer.text))
      .with(keys::citations, std::move(answer.citations))
      .with(keys::citation_spans, std::move(answer.spans))
      .with(keys::answer_found, found);
}

State with_not_found(const State& in, std::string_view question) {
  CitedAnswer answer;
  answer.text = std::string(not_found_sentence(language_of(question)));
  return with_answer(in, std::move(answer), false);
}

State answered(const State& in, std::string_view question, std::span<const CitableSource> sources,
               std::span<const SourceText> texts) {
  const ExtractedAnswer answer = extract_answer(question, texts);
  if (answer.sentences.empty()) return with_not_found(in, question);
  return with_answer(in, compose_answer(sources, answer.sentences), true);
}

State answered_from_docs(const State& in) {
  const std::vector<CitableSource> sources = citable_sources(in);
  return answered(in, in[keys::question], sources, source_texts(sources));
}

// Chooses among the sentences of the summaries, but reads them in their documents, so that
// headings and neighbours count and each has its place. Without the documents the summaries are
// all there is.
State answered_from_summaries(const State& in) {
  const TextMap& summaries = in[keys::summaries];
  std::vector<CitableSource> sources;
  if (in.has(keys::docs)) sources = citable_sources(in);
  std::erase_if(sources, [&](const CitableSource& source) { return !summaries.find(source.url); });
  for (const auto& [url, text] : summaries) {
    const bool known = std::any_of(sources.begin(), sources.end(),
                                   [&](const auto& source) { return source.url == url; });
    if (!known) sources.push_back({.url = url, .text = text});
  }
  std::vector<std::vector<ByteSpan>> kept;
  for (const CitableSource& source : sources)
    kept.push_back(sentences_kept(source.text, *summaries.find(source.url)));
  std::vector<SourceText> texts = source_texts(sources);
  for (std::size_t i = 0; i < texts.size(); ++i) texts[i].allowed = kept[i];
  return answered(in, in[keys::question], sources, texts);
}

State summed_up(const State& in) {
  const std::vector<CitableSource> sources = citable_sources(in);
  TextMap summaries;
  std::vector<RankedSentence> all;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const SourceText text{
        .url = sources[i].url, .title = sources[i].title, .text = sources[i].text};
    std::vector<RankedSentence> chosen = summarise({}, text);
    if (chosen.empty()) chosen = first_lines(sources[i].text);
    summaries.set(sources[i].url, joined(sources[i].text, chosen));
    for (RankedSentence& sentence : chosen) {
      sentence.source = i;
      all.push_back(sentence);
    }
  }
  const bool found = !all.empty();
  return with_answer(in, compose_answer(sources, all), found)
      .with(keys::summaries, std::move(summaries));
}

// Runs `make` on the state on a pool thread.
template <class Make>
Task<Result<State>> on_state(State in, Runtime& runtime, Make make) {
  runtime.add_model(kExtractive);
  auto work = [in = std::move(in), make] { return make(in); };
  auto working = on_pool(runtime.pool(), std::move(work), runtime.stop_token());
  co_return co_await std::move(working);
}

}  // namespace

Step make_summarize_step() {
  return step("summarize", reads(keys::docs), may_read(keys::question, keys::doc_origins),
              writes(keys::summaries), repeatable(), [](State in, Runtime& runtime) {
                runtime.progress({.text = "summarising"});
                return on_state(std::move(in), runtime, [](const State& state) {
                  const std::string* question = state.find(keys::question);
                  return state.with(
                      keys::summaries,
                      summaries_of(question ? *question : std::string(), citable_sources(state)));
                });
              });
}

Step make_answer_generate_step() {
  return step("answer_generate", reads(keys::question, keys::summaries),
              may_read(keys::docs, keys::doc_origins), writes(keys::final_answer, keys::citations),
              may_write(keys::citation_spans, keys::answer_found), repeatable(),
              [](State in, Runtime& runtime) {
                runtime.progress({.text = "answering"});
                return on_state(std::move(in), runtime, answered_from_summaries);
              });
}

Step make_answer_generate_from_docs_step() {
  return step("answer_generate_from_docs", reads(keys::question, keys::docs),
              may_read(keys::doc_origins), writes(keys::final_answer, keys::citations),
              may_write(keys::citation_spans, keys::answer_found), repeatable(),
              [](State in, Runtime& runtime) {
                runtime.progress({.text = "answering"});
                return on_state(std::move(in), runtime, answered_from_docs);
              });
}

Step make_summarize_to_answer_step() {
  return step("summarize_to_answer", reads(keys::docs, keys::citations),
              may_read(keys::doc_origins),
              writes(keys::final_answer, keys::citations, keys::summaries),
              may_write(keys::citation_spans, keys::answer_found), repeatable(),
              [](State in, Runtime& runtime) {
                runtime.progress({.text = "summarising"});
                return on_state(std::move(in), runtime, summed_up);
              });
}

}  // namespace muai
