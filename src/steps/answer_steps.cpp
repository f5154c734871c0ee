// Steps that make summaries and answers. Models write them when there are some; what they write is
// held to the sources. Without models, and whenever none gave something that can be upheld, they
// are sentences of the sources, chosen on a pool thread: ranking a few long pages takes longer than
// a loop may.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

#include "muai/async/when_all.h"
#include "muai/core/keys.h"
#include "muai/model/extractive_model.h"
#include "muai/steps/keys.h"
#include "muai/steps/model_access.h"
#include "muai/text/key_points.h"
#include "muai/text/language.h"
#include "muai/text/sentences.h"
#include "steps/doc_sources.h"
#include "steps/model_answers.h"
#include "steps/standard_steps.h"

namespace muai {
namespace {

constexpr std::size_t kSummarySentencesMax = 8;
constexpr std::size_t kSummaryCodePointsMax = 1600;
constexpr std::size_t kPagesAtOnce = 4;  // summarised by models

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
    lines.push_back({.source = 0, .span = span, .shape = QuoteShape::Item});
  }
  return lines;
}

std::string summary_of(std::string_view question, const CitableSource& source) {
  const SourceText text{.url = source.url, .title = source.title, .text = source.text};
  std::vector<RankedSentence> chosen =
      summarise(question, text,
                {.code_points_max = kSummaryCodePointsMax, .sentences_max = kSummarySentencesMax});
  if (chosen.empty()) chosen = first_lines(source.text);
  return joined(source.text, chosen);
}

TextMap summaries_of(std::string_view question, std::span<const CitableSource> sources) {
  TextMap summaries;
  for (const CitableSource& source : sources)
    summaries.set(source.url, summary_of(question, source));
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

// `model` is who wrote it; sentences of the sources need no name.
State with_answer(const State& in, CitedAnswer answer, bool found,
                  std::string_view model = kExtractiveModel) {
  State out = in.with(keys::final_answer, std::move(answer.text))
                  .with(keys::citations, std::move(answer.citations))
                  .with(keys::citation_spans, std::move(answer.spans))
                  .with(keys::answer_found, found);
  if (model == kExtractiveModel && !in.has(keys::answer_model)) return out;
  return std::move(out).with(keys::answer_model, std::string(model));
}

State with_not_found(const State& in, std::string_view question,
                     std::string_view model = kExtractiveModel) {
  CitedAnswer answer;
  answer.text = std::string(not_found_sentence(language_of(question)));
  return with_answer(in, std::move(answer), false, model);
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

// What the summaries are of: their documents where these are known, else the summaries themselves.
std::vector<CitableSource> summarised_sources(const State& in) {
  const TextMap& summaries = in[keys::summaries];
  std::vector<CitableSource> sources;
  if (in.has(keys::docs)) sources = citable_sources(in);
  std::erase_if(sources, [&](const CitableSource& source) { return !summaries.find(source.url); });
  for (const auto& [url, text] : summaries) {
    const bool known = std::any_of(sources.begin(), sources.end(),
                                   [&](const auto& source) { return source.url == url; });
    if (!known) sources.push_back({.url = url, .text = text});
  }
  return sources;
}

// Chooses among the sentences of the summaries, but reads them in their documents, so that
// headings and neighbours count and each has its place.
State answered_from_summaries(const State& in) {
  const TextMap& summaries = in[keys::summaries];
  const std::vector<CitableSource> sources = summarised_sources(in);
  std::vector<std::vector<ByteSpan>> kept;
  for (const CitableSource& source : sources)
    kept.push_back(sentences_kept(source.text, *summaries.find(source.url)));
  std::vector<SourceText> texts = source_texts(sources);
  for (std::size_t i = 0; i < texts.size(); ++i) texts[i].allowed = kept[i];
  return answered(in, in[keys::question], sources, texts);
}

// Puts an answer from sources of its own behind another.
void append_answer(CitedAnswer next, CitedAnswer& answer) {
  const auto known = static_cast<std::int64_t>(answer.citations.size());
  std::string text;
  for (std::size_t i = 0; i < next.text.size(); ++i) {
    std::size_t end = i + 1;
    if (next.text[i] == '[')
      while (end < next.text.size() && next.text[end] >= '0' && next.text[end] <= '9') ++end;
    if (end > i + 1 && end < next.text.size() && next.text[end] == ']') {
      text += fmt::format("[{}]", known + std::stoll(next.text.substr(i + 1, end - i - 1)));
      i = end;
    } else {
      text += next.text[i];
    }
  }
  if (!answer.text.empty()) answer.text += "\n\n";
  answer.text += text;
  for (std::string& url : next.citations) answer.citations.push_back(std::move(url));
  for (CitationSpan& span : next.spans) {
    span.n += known;
    answer.spans.push_back(std::move(span));
  }
}

// As many sentences as were asked for, of any ordinary length.
SummaryOptions length_asked(const State& in) {
  SummaryOptions options;
  const std::int64_t* sentences = in.find(keys::summary_sentences);
  if (sentences == nullptr || *sentences < 1) return options;
  constexpr std::size_t kSentenceCodePoints = 400;
  options.sentences_max = static_cast<std::size_t>(*sentences);
  options.code_points_max =
      std::max(options.code_points_max, options.sentences_max * kSentenceCodePoints);
  return options;
}

State summed_up(const State& in) {
  const std::vector<CitableSource> sources = citable_sources(in);
  TextMap summaries;
  std::vector<RankedSentence> all;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const SourceText text{
        .url = sources[i].url, .title = sources[i].title, .text = sources[i].text};
    std::vector<RankedSentence> chosen = summarise({}, text, length_asked(in));
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
  runtime.add_model(kExtractiveModel);
  auto work = [in = std::move(in), make] { return make(in); };
  auto working = on_pool(runtime.pool(), std::move(work), runtime.stop_token());
  co_return co_await std::move(working);
}

// The models to ask. Nothing: do without. A replay asks, because the run may have been recorded
// where there were models.
Result<std::optional<std::vector<std::string>>> chain_for(ModelAccess* models, Runtime& runtime) {
  if (!models) return std::nullopt;
  MUAI_TRY(std::vector<std::string> chain, models->chain(runtime, runtime.settings()));
  if (chain.empty() && !runtime.is_replay()) return std::nullopt;
  return chain;
}

std::string question_of(const State& in) {
  const std::string* question = in.find(keys::question);
  return question ? *question : std::string();
}

std::vector<std::string> whole_texts(std::span<const CitableSource> sources) {
  std::vector<std::string> texts;
  for (const CitableSource& source : sources) texts.push_back(source.text);
  return texts;
}

WritingTask answer_from_docs(const State& in) {
  WritingTask task{.prompt = "answer",
                   .question = in[keys::question],
                   .sources = citable_sources(in),
                   .shown = Shown::AsWritten};
  task.texts = whole_texts(task.sources);
  return task;
}

WritingTask answer_from_summaries(const State& in) {
  WritingTask task{.prompt = "answer",
                   .question = in[keys::question],
                   .sources = summarised_sources(in),
                   .shown = Shown::AsWritten};
  for (const CitableSource& source : task.sources)
    task.texts.push_back(*in[keys::summaries].find(source.url));
  return task;
}

WritingTask summary_task(std::string question, CitableSource source, Shown shown) {
  std::string text = source.text;
  return {.prompt = "summary",
          .question = std::move(question),
          .sources = {std::move(source)},
          .texts = {std::move(text)},
          .sentences_max = kSummarySentencesMax,
          .shown = shown};
}

Task<Result<State>> answer_step(State in, Runtime& runtime, ModelAccess* models,
                                WritingTask (*task_of)(const State&),
                                State (*without_model)(const State&)) {
  runtime.progress({.text = "answering"});
  MUAI_CO_TRY(auto chain, chain_for(models, runtime));
  if (chain) {
    auto writing = write_from_sources(runtime, *models, *std::move(chain), task_of(in));
    auto written = co_await std::move(writing);
    if (!written) co_return pass(std::move(written));
    if (*written) {
      Writing& answer = **written;
      if (answer.checked.answer.text.empty())
        co_return with_not_found(in, in[keys::question], answer.model);
      co_return with_answer(in, std::move(answer.checked.answer), true, answer.model);
    }
  }
  auto working = on_state(std::move(in), runtime, without_model);
  co_return co_await std::move(working);
}

// What a checked summary says, a blank line between sentences.
std::string plain_summary(const CheckedAnswer& checked) {
  std::string summary;
  const std::string_view text = checked.answer.text;
  for (const KeyPoint& point : key_points(text)) {
    const std::string sentence =
        fold_blanks(without_marks(text.substr(point.span.begin, point.span.size())));
    if (sentence.empty()) continue;
    if (!summary.empty()) summary += "\n\n";
    summary += sentence;
  }
  return summary;
}

// A page that no model summed up is summed up without one.
Task<Result<std::string>> page_summary(std::string question, CitableSource source, Runtime& runtime,
                                       ModelAccess& models, std::vector<std::string> chain) {
  auto writing = write_from_sources(runtime, models, std::move(chain),
                                    summary_task(question, source, Shown::Never));
  auto written = co_await std::move(writing);
  if (!written) co_return pass(std::move(written));
  if (*written && !(*written)->checked.answer.text.empty())
    co_return plain_summary((*written)->checked);
  runtime.add_model(kExtractiveModel);
  auto work = [question = std::move(question), source = std::move(source)] {
    return summary_of(question, source);
  };
  auto working = on_pool(runtime.pool(), std::move(work), runtime.stop_token());
  co_return co_await std::move(working);
}

Task<Result<State>> summarize_step(State in, Runtime& runtime, ModelAccess* models) {
  runtime.progress({.text = "summarising"});
  MUAI_CO_TRY(auto chain, chain_for(models, runtime));
  if (!chain) {
    auto working = on_state(std::move(in), runtime, [](const State& state) {
      return state.with(keys::summaries, summaries_of(question_of(state), citable_sources(state)));
    });
    co_return co_await std::move(working);
  }
  const std::vector<CitableSource> sources = citable_sources(in);
  std::vector<Task<Result<std::string>>> pages;
  for (const CitableSource& source : sources)
    pages.push_back(page_summary(question_of(in), source, runtime, *models, *chain));
  auto all = when_all(runtime.loop(), std::move(pages), kPagesAtOnce);
  auto written = co_await std::move(all);
  TextMap summaries;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (!written[i]) co_return pass(std::move(written[i]));
    summaries.set(sources[i].url, *std::move(written[i]));
  }
  co_return in.with(keys::summaries, std::move(summaries));
}

// Sums up one page after the other and puts the summaries together; all or none by models.
Task<Result<std::optional<State>>> summed_up_by_model(State in, Runtime& runtime,
                                                      ModelAccess& models,
                                                      std::vector<std::string> chain) {
  const std::vector<CitableSource> sources = citable_sources(in);
  CitedAnswer answer;
  TextMap summaries;
  std::string model;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    WritingTask task = summary_task({}, sources[i], Shown::AsWritten);
    if (in.has(keys::summary_sentences)) task.sentences_max = length_asked(in).sentences_max;
    auto writing = write_from_sources(runtime, models, chain, std::move(task));
    auto written = co_await std::move(writing);
    if (!written) co_return pass(std::move(written));
    if (!*written || (*written)->checked.answer.text.empty()) co_return std::optional<State>();
    CheckedAnswer& checked = (*written)->checked;
    summaries.set(sources[i].url, plain_summary(checked));
    model = (*written)->model;
    append_answer(std::move(checked.answer), answer);
  }
  if (answer.text.empty()) co_return std::optional<State>();
  State out = with_answer(in, std::move(answer), true, model);
  co_return std::optional<State>(std::move(out).with(keys::summaries, std::move(summaries)));
}

Task<Result<State>> summarize_to_answer_step(State in, Runtime& runtime, ModelAccess* models) {
  runtime.progress({.text = "summarising"});
  MUAI_CO_TRY(auto chain, chain_for(models, runtime));
  if (chain) {
    auto writing = summed_up_by_model(in, runtime, *models, *std::move(chain));
    auto written = co_await std::move(writing);
    if (!written) co_return pass(std::move(written));
    if (*written) co_return **std::move(written);
  }
  auto working = on_state(std::move(in), runtime, summed_up);
  co_return co_await std::move(working);
}

}  // namespace

Step make_summarize_step(ModelAccess* models) {
  return step("summarize", reads(keys::docs), may_read(keys::question, keys::doc_origins),
              writes(keys::summaries), repeatable(), [models](State in, Runtime& runtime) {
                return summarize_step(std::move(in), runtime, models);
              });
}

Step make_answer_generate_step(ModelAccess* models) {
  return step("answer_generate", reads(keys::question, keys::summaries),
              may_read(keys::docs, keys::doc_origins), writes(keys::final_answer, keys::citations),
              may_write(keys::citation_spans, keys::answer_found, keys::answer_model), repeatable(),
              [models](State in, Runtime& runtime) {
                return answer_step(std::move(in), runtime, models, answer_from_summaries,
                                   answered_from_summaries);
              });
}

Step make_answer_generate_from_docs_step(ModelAccess* models) {
  return step("answer_generate_from_docs", reads(keys::question, keys::docs),
              may_read(keys::doc_origins), writes(keys::final_answer, keys::citations),
              may_write(keys::citation_spans, keys::answer_found, keys::answer_model), repeatable(),
              [models](State in, Runtime& runtime) {
                return answer_step(std::move(in), runtime, models, answer_from_docs,
                                   answered_from_docs);
              });
}

Step make_summarize_to_answer_step(ModelAccess* models) {
  return step("summarize_to_answer", reads(keys::docs, keys::citations),
              may_read(keys::doc_origins, keys::summary_sentences),
              writes(keys::final_answer, keys::citations, keys::summaries),
              may_write(keys::citation_spans, keys::answer_found, keys::answer_model), repeatable(),
              [models](State in, Runtime& runtime) {
                return summarize_to_answer_step(std::move(in), runtime, models);
              });
}

}  // namespace muai
