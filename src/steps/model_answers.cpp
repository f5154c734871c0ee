#include "steps/model_answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <memory>
#include <utility>

#include "muai/core/json.h"
#include "muai/core/sha256.h"
#include "muai/model/extractive_model.h"
#include "muai/steps/model_access.h"
#include "muai/text/key_points.h"
#include "muai/text/language.h"
#include "muai/text/sentences.h"
#include "steps/prompt_sources.h"

// One text by a model: make the prompt, ask, check what came against the sources. Making and
// checking go over whole pages and run on the pool.

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::int64_t kTokensMaxDefault = 512;
constexpr std::int64_t kTokensSpare = 64;  // chat templates put words around messages
constexpr std::int64_t kSourceTokensMin = 256;
constexpr std::size_t kDroppedShown = 3;

// The part of a prompt that takes time to make.
struct PreparedSources {
  std::string identity;
  FencedSources fenced;
};

std::string identity_of(const WritingTask& task, const PromptTemplate& prompt) {
  json::array sources;
  for (std::size_t i = 0; i < task.sources.size(); ++i)
    sources.push_back(
        json::object{{"url", task.sources[i].url}, {"text_sha256", sha256_hex(task.texts[i])}});
  const json::object identity{{"prompt", prompt.name()},
                              {"version", prompt.version()},
                              {"question", task.question},
                              {"sources", std::move(sources)}};
  const Result<std::string> text = write_json(identity);
  return text ? *text : std::string();
}

PreparedSources prepared(const WritingTask& task, const PromptTemplate& prompt,
                         const std::string& fence, std::int64_t room) {
  std::vector<SourceText> shown;
  for (std::size_t i = 0; i < task.sources.size(); ++i)
    shown.push_back(
        {.url = task.sources[i].url, .title = task.sources[i].title, .text = task.texts[i]});
  return {.identity = identity_of(task, prompt),
          .fenced = fence_sources(task.question, shown, fence, room)};
}

std::int64_t room_for_sources(std::int64_t context_tokens, const PromptTemplate& prompt,
                              std::string_view question) {
  std::int64_t room = context_tokens - kTokensSpare - estimate_tokens(question) -
                      prompt.tokens_max().value_or(kTokensMaxDefault);
  for (const ChatMessage& message : prompt.unfilled()) room -= estimate_tokens(message.text);
  return std::max(room, kSourceTokensMin);
}

// `model` is the last that was asked.
void fall_back(Runtime& runtime, std::string model, std::string_view reason) {
  runtime.add_model_event(
      {.kind = ModelEventKind::Fallback,
       .model = std::move(model),
       .reason = fmt::format("{}; '{}' is asked instead", reason, kExtractiveModel),
       .timestamp = runtime.loop().unix_seconds()});
}

// A text that was cut in its last sentence ends before it.
std::string whole_sentences(std::string text) {
  const std::vector<ByteSpan> sentences = split_sentences(text);
  if (sentences.empty()) return text;
  const std::string_view last =
      std::string_view(text).substr(sentences.back().begin, sentences.back().size());
  constexpr std::string_view kEnds[] = {".", "!", "?", "]", "。", "！", "？"};
  if (std::ranges::any_of(kEnds, [&](std::string_view end) { return last.ends_with(end); }))
    return text;
  text.resize(sentences.back().begin);
  return text;
}

void note_check(Runtime& runtime, const CheckedAnswer& checked) {
  if (checked.marks_removed > 0)
    runtime.note(fmt::format("{} marks that name no source were removed", checked.marks_removed));
  if (checked.recited > 0)
    runtime.note(fmt::format("{} sentences cite another source than they said", checked.recited));
  if (checked.dropped.empty()) return;
  runtime.note(fmt::format("{} sentences were dropped because no source upholds them",
                           checked.dropped.size()));
  for (std::size_t i = 0; i < std::min(checked.dropped.size(), kDroppedShown); ++i)
    runtime.note(fmt::format("dropped: {}", checked.dropped[i]));
}

}  // namespace

Task<Result<std::optional<Writing>>> write_from_sources(Runtime& runtime, ModelAccess& models,
                                                        std::vector<std::string> chain,
                                                        WritingTask given) {
  const auto task = std::make_shared<const WritingTask>(std::move(given));
  const bool configured = !chain.empty();
  const std::string last = configured ? chain.back() : std::string();
  const Language language = language_of(task->question.empty() && !task->texts.empty()
                                            ? std::string_view(task->texts[0])
                                            : std::string_view(task->question));
  MUAI_CO_TRY(PromptTemplate prompt, models.prompts().lookup(task->prompt, language));
  const std::string fence = make_fence(runtime.loop());
  auto measuring = models.context_tokens(runtime.pool(), chain);
  const std::int64_t context = co_await std::move(measuring);
  const std::int64_t room = room_for_sources(context, prompt, task->question);
  auto preparing = on_pool(
      runtime.pool(), [task, prompt, fence, room] { return prepared(*task, prompt, fence, room); },
      runtime.stop_token());
  auto sources = co_await std::move(preparing);
  if (!sources) co_return pass(std::move(sources));
  if (configured && sources->fenced.shortened > 0)
    runtime.note(fmt::format("{} of {} sources were shortened to fit the model's context",
                             sources->fenced.shortened, task->sources.size()));
  ModelQuestion question{
      .prompt = prompt,
      .values = {{"sources", std::move(sources->fenced.text)},
                 {"question", task->question.empty() ? std::string("-")
                                                     : as_prompt_text(task->question, fence)},
                 {"fence", fence},
                 {"sentences", std::to_string(task->sentences_max)},
                 {"not_found", std::string(not_found_sentence(language))}},
      .identity = std::move(sources->identity),
      .chain = std::move(chain)};
  if (task->shown == Shown::AsWritten)
    question.on_text = [&runtime](std::string_view text) {
      runtime.progress({.kind = Progress::Kind::Text, .text = std::string(text)});
    };
  auto asking = models.ask(runtime, std::move(question));
  auto answer = co_await std::move(asking);
  if (!answer) {
    if (answer.error().code() == ErrorCode::Cancelled) co_return pass(std::move(answer));
    // Replaying a run in which no model answered needs no word.
    if (!runtime.is_replay()) {
      fall_back(runtime, last,
                fmt::format("{}: {}", to_string(answer.error().code()), answer.error().message()));
    }
    co_return std::optional<Writing>();
  }
  if (answer->finish == FinishReason::Length) answer->text = whole_sentences(answer->text);
  auto checking = on_pool(
      runtime.pool(),
      [task, text = answer->text] { return check_answer(text, task->question, task->sources); },
      runtime.stop_token());
  auto checked = co_await std::move(checking);
  if (!checked) co_return pass(std::move(checked));
  note_check(runtime, *checked);
  if (checked->answer.text.empty() && !checked->says_not_found) {
    fall_back(runtime, answer->model, "no sentence of its answer is upheld by the sources");
    co_return std::optional<Writing>();
  }
  co_return std::optional<Writing>(
      {.checked = *std::move(checked), .model = std::move(answer->model)});
}

}  // namespace muai
