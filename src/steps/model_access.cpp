#include "muai/steps/model_access.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "muai/core/json.h"
#include "muai/model/extractive_model.h"
#include "muai/model/gguf.h"
#include "muai/steps/steps.h"

// A call is: recorded answer in a replay; else budgets, pool, call, and the answer recorded. What
// the pool reports meanwhile goes into the step's record and into what the run has spent.

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::string_view kGenerate = "generate";
constexpr std::int64_t kTokensMaxDefault = 1024;
constexpr double kMicroUsd = 1'000'000;

json::object usage_json(const Usage& usage) {
  return {{"prompt_tokens", usage.prompt_tokens}, {"completion_tokens", usage.completion_tokens}};
}

std::string recorded(const Generation& generation) {
  const json::object answer{{"text", generation.text},
                            {"model", generation.model},
                            {"cut", generation.finish == FinishReason::Length},
                            {"usage", usage_json(generation.usage)}};
  const Result<std::string> text = write_json(answer);
  return text ? *text : std::string();
}

Result<Generation> replayed(std::string_view text) {
  MUAI_TRY(const json::value value, parse_json(text));
  const json::object* object = value.if_object();
  const json::value* said = object ? object->if_contains("text") : nullptr;
  const json::value* model = object ? object->if_contains("model") : nullptr;
  const json::value* cut = object ? object->if_contains("cut") : nullptr;
  if (!said || !said->is_string() || !model || !model->is_string())
    return fail(ErrorCode::Corrupt, "a recorded model answer has no text and model");
  Generation generation{.text = std::string(said->get_string()),
                        .model = std::string(model->get_string())};
  if (cut && cut->is_bool() && cut->get_bool()) generation.finish = FinishReason::Length;
  return generation;
}

bool has(const ModelDescription& model, std::string_view capability) {
  return std::ranges::find(model.capabilities, capability) != model.capabilities.end();
}

// Names in a node's settings: models: [a, b] or model: a.
Result<std::vector<std::string>> named_in(const json::value& settings) {
  std::vector<std::string> names;
  const json::object* object = settings.if_object();
  if (!object) return names;
  for (const std::string_view member : {"models", "model"}) {
    const json::value* value = object->if_contains(member);
    if (!value) continue;
    const json::array one{*value};
    for (const json::value& entry : value->is_array() ? value->get_array() : one) {
      if (!entry.is_string())
        return fail(ErrorCode::InvalidConfig,
                    fmt::format("setting '{}' holds the names of models", member));
      names.emplace_back(entry.get_string());
    }
  }
  return names;
}

// One system message: chat templates refuse more.
void add_preface(std::string preface, std::vector<ChatMessage>& messages) {
  if (preface.empty()) return;
  if (!messages.empty() && messages.front().role == ChatRole::System) {
    messages.front().text = std::move(preface) + "\n\n" + messages.front().text;
  } else {
    messages.insert(messages.begin(), {.role = ChatRole::System, .text = std::move(preface)});
  }
}

// Models leave a tenth of the step's time, at most two seconds, for doing without them.
TimePoint deadline_of(Runtime& runtime) {
  if (runtime.deadline() == kNever) return kNever;
  const Duration left = runtime.deadline() - runtime.loop().now();
  return runtime.deadline() - std::min<Duration>(left / 10, std::chrono::seconds(2));
}

}  // namespace

void ModelAccess::begin_run(std::string request_id, std::vector<std::string> models) {
  runs_[std::move(request_id)] = {.models = std::move(models)};
}

void ModelAccess::end_run(std::string_view request_id) {
  if (const auto run = runs_.find(request_id); run != runs_.end()) runs_.erase(run);
}

void ModelAccess::note_prompt_step(std::string step_name, std::vector<std::string> models,
                                   std::string capability) {
  prompt_steps_.insert_or_assign(std::move(step_name),
                                 PromptStep{std::move(models), std::move(capability)});
}

Result<void> ModelAccess::check_names(std::span<const std::string> names,
                                      std::string_view capability) const {
  for (const std::string& name : names) {
    if (name == kExtractiveModel) continue;
    if (!options_.models) {
      return fail(
          ErrorCode::NotFound,
          fmt::format("no model '{}': none is configured; `muai doctor` says how to get one",
                      name));
    }
    MUAI_TRY(const ModelDescription* model, options_.models->lookup(name));
    if (!has(*model, capability)) {
      return fail(ErrorCode::InvalidConfig,
                  fmt::format("model '{}' lacks the capability '{}'; it has {}", name, capability,
                              fmt::join(model->capabilities, ", ")));
    }
  }
  return {};
}

// The names up to `extractive`, each once.
Result<std::vector<std::string>> ModelAccess::checked(std::span<const std::string> names) const {
  MUAI_TRY_VOID(check_names(names, kGenerate));
  std::vector<std::string> chain;
  for (const std::string& name : names) {
    if (name == kExtractiveModel) break;
    if (std::ranges::find(chain, name) == chain.end()) chain.push_back(name);
  }
  return chain;
}

const std::vector<std::string>& ModelAccess::order_for(std::string_view request_id) const {
  const auto run = runs_.find(request_id);
  return run != runs_.end() && !run->second.models.empty() ? run->second.models : options_.order;
}

Result<std::vector<std::string>> ModelAccess::chain(const Runtime& runtime,
                                                    const json::value& settings) const {
  MUAI_TRY(const std::vector<std::string> of_node, named_in(settings));
  return checked(of_node.empty() ? order_for(runtime.request_id()) : of_node);
}

Result<std::vector<std::string>> ModelAccess::chain_with(const Runtime& runtime,
                                                         std::string_view capability) const {
  std::vector<std::string> chain;
  if (!options_.models) return chain;
  for (const std::string& name : order_for(runtime.request_id())) {
    if (name == kExtractiveModel) continue;
    MUAI_TRY(const ModelDescription* model, options_.models->lookup(name));
    if (has(*model, capability)) chain.push_back(name);
  }
  if (chain.empty())
    for (const ModelDescription* model : options_.models->with_capability(capability))
      chain.push_back(model->name);
  return chain;
}

std::string ModelAccess::first_model(std::string_view request_id, const Node& node) const {
  const std::string& step = node.step ? node.step.name() : node.step_name;
  std::vector<std::string> named;
  std::string_view capability = kGenerate;
  if (const auto known = prompt_steps_.find(step); known != prompt_steps_.end()) {
    named = known->second.models;
    capability = known->second.capability;
  } else if (prompt_of_step(step).empty()) {
    return {};
  } else if (node.options.settings) {
    if (Result<std::vector<std::string>> of_node = named_in(*node.options.settings); of_node)
      named = *std::move(of_node);
  }
  if (named.empty()) named = order_for(request_id);
  for (const std::string& name : named) {
    if (name == kExtractiveModel) break;
    const ModelDescription* model = options_.models ? options_.models->find(name) : nullptr;
    if (model && has(*model, capability)) return name;
  }
  return {};
}

Task<std::int64_t> ModelAccess::context_tokens(Pool& workers, std::vector<std::string> chain) {
  std::int64_t smallest = 0;
  for (const std::string& name : chain) {
    const ModelDescription* model = options_.models ? options_.models->find(name) : nullptr;
    if (!model) continue;
    std::int64_t tokens = model->context_tokens;
    if (tokens == 0 && model->backend == ModelBackend::Llama) {
      if (!contexts_.contains(name)) {
        auto work = [path = model->model_path] { return read_gguf_header(path); };
        auto reading = on_pool(workers, std::move(work), std::stop_token());
        const auto header = co_await std::move(reading);
        contexts_[name] = header ? std::min(header->context_tokens, kContextTokensMax) : 0;
      }
      tokens = contexts_[name];
    }
    if (tokens > 0) smallest = smallest == 0 ? tokens : std::min(smallest, tokens);
  }
  co_return smallest == 0 ? kContextTokensDefault : smallest;
}

Result<void> ModelAccess::check_budgets(const RunState& run, std::int64_t prompt_tokens,
                                        const std::vector<std::string>& chain) const {
  const ModelBudgets& budgets = options_.budgets;
  if (budgets.calls_max > 0 && run.calls >= budgets.calls_max) {
    return fail(ErrorCode::LimitExceeded,
                fmt::format("the run has called models {} times, as often as limits.model_calls "
                            "allows",
                            run.calls));
  }
  const std::int64_t used = run.spent.prompt_tokens + run.spent.completion_tokens;
  if (budgets.tokens_max > 0 && used + prompt_tokens > budgets.tokens_max) {
    return fail(ErrorCode::LimitExceeded,
                fmt::format("the run has used {} tokens, and a prompt of about {} would pass "
                            "limits.tokens ({})",
                            used, prompt_tokens, budgets.tokens_max));
  }
  if (budgets.cost_micro_usd_max > 0) {
    double price = 0;
    if (options_.models && !chain.empty())
      if (const auto model = options_.models->lookup(chain.front()); model)
        price = (*model)->prices.prompt_micro_usd * static_cast<double>(prompt_tokens);
    const auto after = run.spent.cost_micro_usd + static_cast<std::int64_t>(std::ceil(price));
    if (after > budgets.cost_micro_usd_max ||
        run.spent.cost_micro_usd >= budgets.cost_micro_usd_max)
      return fail(
          ErrorCode::LimitExceeded,
          fmt::format("the run has cost {:.4f} USD; another call would pass limits.cost_usd "
                      "({:.4f})",
                      static_cast<double>(run.spent.cost_micro_usd) / kMicroUsd,
                      static_cast<double>(budgets.cost_micro_usd_max) / kMicroUsd));
  }
  return {};
}

Task<Result<Generation>> ModelAccess::ask(Runtime& runtime, ModelQuestion question) {
  const PromptTemplate& prompt = question.prompt;
  if (const auto known = runtime.recall(RecordingKind::Model, prompt.name(), question.identity))
    co_return replayed(*known);
  if (runtime.is_replay()) {
    co_return fail(ErrorCode::NotFound,
                   fmt::format("the trace holds no answer of a model to prompt '{}'; it cannot be "
                               "replayed without asking again",
                               prompt.name()));
  }
  if (question.chain.empty() || !options_.generate) {
    co_return fail(ErrorCode::ModelUnavailable,
                   "no model is configured that could write this; `muai doctor` says how to get "
                   "one");
  }
  GenerateRequest request{.json_schema = std::move(question.json_schema)};
  MUAI_CO_TRY(request.messages, prompt.fill(question.values));
  add_preface(std::move(question.preface), request.messages);
  std::int64_t prompt_tokens = 0;
  for (const ChatMessage& message : request.messages)
    prompt_tokens += estimate_tokens(message.text);
  RunState& run = runs_[std::string(runtime.request_id())];
  MUAI_CO_TRY_VOID(check_budgets(run, prompt_tokens, question.chain));
  ++run.calls;
  request.tokens_max =
      question.tokens_max.value_or(prompt.tokens_max().value_or(kTokensMaxDefault));
  if (options_.budgets.tokens_max > 0) {
    const std::int64_t used = run.spent.prompt_tokens + run.spent.completion_tokens;
    const std::int64_t left = options_.budgets.tokens_max - used - prompt_tokens;
    request.tokens_max = std::clamp<std::int64_t>(left, 1, request.tokens_max);
  }
  const Result<const ModelDescription*> first = options_.models->lookup(question.chain.front());
  request.temperature = question.temperature.value_or(
      prompt.temperature().value_or(first ? (*first)->temperature : request.temperature));
  runtime.note(fmt::format("prompt {} version {}, about {} tokens, to {}", prompt.name(),
                           prompt.version(), prompt_tokens, fmt::join(question.chain, ", ")));
  ModelCall call{
      .stop = runtime.stop_token(),
      .deadline = deadline_of(runtime),
      .on_text = std::move(question.on_text),
      .on_event = [&runtime](ModelEvent event) { runtime.add_model_event(std::move(event)); },
      .on_usage =
          [&runtime, this, id = std::string(runtime.request_id())](const Usage& usage) {
            runtime.add_usage(usage);
            runs_[id].spent += usage;
          }};
  auto asking = options_.generate(std::move(question.chain), std::move(request), std::move(call));
  auto answer = co_await std::move(asking);
  if (!answer) co_return pass(std::move(answer));
  runtime.add_model(answer->model);
  runtime.record(RecordingKind::Model, prompt.name(), question.identity, recorded(*answer));
  co_return std::move(answer);
}

}  // namespace muai
