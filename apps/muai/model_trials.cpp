// Models tried by hand: loaded and asked for one token, or measured.

#include "muai/model_trials.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "muai/async/asio_loop.h"
#include "muai/model/model_pool.h"
#include "muai/model_request.h"
#include "muai/report.h"
#include "muai/session.h"
#include "muai/steps/prompt.h"

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::int64_t kBenchTokens = 64;
constexpr std::int64_t kPromptTokens = 500;
constexpr std::string_view kSentence =
    "The lighthouse keeper wrote down the weather, the passing ships and the state of the lamp. ";

double milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

// One call, with what was seen of it.
struct Trial {
  Generation generation;
  double first_token_ms = 0;
  double total_ms = 0;
  std::vector<ModelEvent> events;
};

Task<Result<Trial>> tried(ModelPool& pool, Loop& loop, std::string model, GenerateRequest request,
                          std::stop_token stop, TimePoint deadline) {
  Trial trial;
  const TimePoint begin = loop.now();
  ModelCall call{.stop = std::move(stop),
                 .deadline = deadline,
                 .on_text =
                     [&](std::string_view) {
                       if (trial.first_token_ms == 0)
                         trial.first_token_ms = milliseconds(loop.now() - begin);
                     },
                 .on_event = [&](ModelEvent event) { trial.events.push_back(std::move(event)); }};
  auto asking = pool.generate({std::move(model)}, std::move(request), std::move(call));
  auto answer = co_await std::move(asking);
  if (!answer) co_return pass(std::move(answer));
  trial.generation = *std::move(answer);
  trial.total_ms = milliseconds(loop.now() - begin);
  co_return trial;
}

ModelStatus status_of(const ModelPool& pool, std::string_view name) {
  for (ModelStatus& status : pool.status())
    if (status.name == name) return std::move(status);
  return {};
}

// An engine with the pool open and a model that can generate.
struct Bench {
  std::unique_ptr<Engine> engine;
  ModelPool* pool = nullptr;
  ModelDescription model;
  TimePoint deadline{};
};

Result<Bench> open_bench(Invocation& invocation) {
  MUAI_TRY(const Session session, Session::open(invocation));
  MUAI_TRY(EngineOptions options, session.engine_options());
  options.trace.path.clear();
  Bench bench;
  MUAI_TRY(bench.model, find_model(invocation.arguments.value("NAME"), options));
  if (bench.model.backend == ModelBackend::Extractive)
    return fail(ErrorCode::InvalidInput,
                "extractive is built in: it has no weights to load or to measure");
  if (std::ranges::find(bench.model.capabilities, "generate") == bench.model.capabilities.end())
    return fail(ErrorCode::InvalidInput,
                fmt::format("model '{}' cannot generate; its capabilities are {}", bench.model.name,
                            fmt::join(bench.model.capabilities, ", ")));
  const Duration patience = options.deadline;
  MUAI_TRY(bench.engine, Engine::open(std::move(options)));
  MUAI_TRY(bench.pool, bench.engine->model_pool());
  bench.deadline = bench.engine->loop().now() + patience;
  return bench;
}

Result<Trial> run_trial(Invocation& invocation, Bench& bench, GenerateRequest request) {
  AsioLoop& loop = bench.engine->loop();
  return loop.run(tried(*bench.pool, loop, bench.model.name, std::move(request),
                        invocation.interrupt.token(), bench.deadline));
}

GenerateRequest one_token() {
  return {.messages = {{.role = ChatRole::User, .text = "Say yes."}},
          .tokens_max = 1,
          .temperature = 0};
}

json::object memory_json(const MemoryUse& memory) {
  return {{"ram_mb", memory.ram_mb}, {"vram_mb", memory.vram_mb}};
}

Result<ExitCode> load_model(Invocation& invocation) {
  MUAI_TRY(Bench bench, open_bench(invocation));
  invocation.terminal.progress("loading " + shown_line(bench.model.name), 0, 0);
  MUAI_TRY(const Trial trial, run_trial(invocation, bench, one_token()));
  invocation.terminal.end_progress();
  const ModelStatus status = status_of(*bench.pool, bench.model.name);
  const bool local = bench.model.backend == ModelBackend::Llama;
  if (invocation.wants_json()) {
    json::array events;
    for (const ModelEvent& event : trial.events)
      events.push_back(json::object{{"kind", to_string(event.kind)}, {"reason", event.reason}});
    print_json(invocation.terminal,
               json::object{{"model", bench.model.name},
                            {"loaded", true},
                            {"device", to_string(status.placement.device)},
                            {"quantization", to_string(status.placement.quantization)},
                            {"load_seconds", status.load_seconds},
                            {"first_token_ms", trial.first_token_ms},
                            {"memory", memory_json(status.measured)},
                            {"events", std::move(events)}});
    return ExitCode::Ok;
  }
  invocation.terminal.print(shown(
      local
          ? fmt::format("{} was loaded in {} on the {}: {} MB of memory, {} MB of a GPU; its first "
                        "token came after {} in all\n",
                        bench.model.name, duration_text(1000 * status.load_seconds),
                        to_string(status.placement.device), status.measured.ram_mb,
                        status.measured.vram_mb, duration_text(trial.total_ms))
          : fmt::format("{} answers at {}: a token after {}\n", bench.model.name,
                        bench.model.base_url, duration_text(trial.total_ms))));
  for (const ModelEvent& event : trial.events)
    invocation.terminal.detail(
        shown_line(fmt::format("{}: {}", to_string(event.kind), event.reason)));
  if (local)
    invocation.terminal.say(
        "it was a trial: the model goes with this process; commands that ask it "
        "load it themselves");
  return ExitCode::Ok;
}

double per_second(std::int64_t tokens, double ms) {
  return ms > 0 ? 1000 * static_cast<double>(tokens) / ms : 0;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[values.size() / 2];
}

Result<ExitCode> bench_model(Invocation& invocation) {
  MUAI_TRY(const std::int64_t runs, invocation.arguments.number("--runs", 3, 1, 100));
  MUAI_TRY(const std::int64_t tokens,
           invocation.arguments.number("--tokens", kBenchTokens, 1, 100'000));
  MUAI_TRY(const std::int64_t prompt_tokens,
           invocation.arguments.number("--prompt-tokens", kPromptTokens, 1, 100'000));
  MUAI_TRY(Bench bench, open_bench(invocation));
  invocation.terminal.progress("loading " + shown_line(bench.model.name), 0, 0);
  MUAI_TRY(const Trial first, run_trial(invocation, bench, one_token()));
  std::vector<double> first_token_ms;
  std::vector<double> prompt_rate;
  std::vector<double> rate;
  for (std::int64_t run = 0; run < runs; ++run) {
    invocation.terminal.progress(fmt::format("run {} of {}", run + 1, runs),
                                 static_cast<std::size_t>(run), static_cast<std::size_t>(runs));
    // A different beginning each time: servers keep the prompts they have read.
    std::string prompt = fmt::format("Run {}. ", run + 1);
    while (estimate_tokens(prompt) < prompt_tokens) prompt += kSentence;
    MUAI_TRY(const Trial trial,
             run_trial(invocation, bench,
                       {.messages = {{.role = ChatRole::User, .text = std::move(prompt)}},
                        .tokens_max = tokens,
                        .temperature = 0}));
    const Usage& usage = trial.generation.usage;
    first_token_ms.push_back(trial.first_token_ms);
    prompt_rate.push_back(per_second(usage.prompt_tokens, trial.first_token_ms));
    rate.push_back(per_second(std::max<std::int64_t>(usage.completion_tokens - 1, 0),
                              trial.total_ms - trial.first_token_ms));
  }
  invocation.terminal.end_progress();
  const ModelStatus status = status_of(*bench.pool, bench.model.name);
  if (invocation.wants_json()) {
    print_json(invocation.terminal, json::object{{"model", bench.model.name},
                                                 {"runs", runs},
                                                 {"load_seconds", status.load_seconds},
                                                 {"first_token_ms", median(first_token_ms)},
                                                 {"prompt_tokens_per_s", median(prompt_rate)},
                                                 {"tokens_per_s", median(rate)},
                                                 {"memory", memory_json(status.measured)}});
    return ExitCode::Ok;
  }
  invocation.terminal.print(shown(fmt::format(
      "{}, medians of {}:\n"
      "  loaded in          {}\n"
      "  first token after  {}\n"
      "  reads              {:.1f} tokens/s\n"
      "  writes             {:.1f} tokens/s\n"
      "  memory             {} MB, of a GPU {} MB\n",
      bench.model.name, count_text(static_cast<std::size_t>(runs), "run"),
      duration_text(1000 * status.load_seconds), duration_text(median(first_token_ms)),
      median(prompt_rate), median(rate), status.measured.ram_mb, status.measured.vram_mb)));
  return ExitCode::Ok;
}

}  // namespace

std::vector<Command> model_trial_commands() {
  const Positional name{.name = "NAME",
                        .meaning = "a configured model (`muai model list`), or a .gguf file",
                        .completes = Completes::Path};
  return {{.name = "model load",
           .summary = "Load a model, ask it for one token, and say what that took",
           .detail = "The model goes with the command: it shows that the set-up works.",
           .positionals = {name},
           .run = load_model},
          {.name = "model bench",
           .summary = "Measure a model: first token, tokens a second, memory",
           .positionals = {name},
           .flags = {{.names = "--runs", .value = "N", .meaning = "how often (3)"},
                     {.names = "--prompt-tokens",
                      .value = "N",
                      .meaning = "to read in each run, about (500)"},
                     {.names = "--tokens", .value = "N", .meaning = "to write in each run (64)"}},
           .run = bench_model}};
}

}  // namespace muai
