#pragma once

// ModelAccess: how steps reach models. Which are asked and in which order, with which prompts, what
// one run may spend, and the recorded answer instead of a call when a run is replayed.
//
// The order of models ("chain") is the first of these that says something:
//   settings of the node (`models`, `model`)  >  the request's --model  >  the configured order
// and every chain ends in `extractive`, which is not among the names given here: a step that can do
// without weights does so when no model answers.
//
// Loop thread only. Outlives the steps made with it.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/core/usage.h"
#include "muai/graph/graph.h"
#include "muai/graph/runtime.h"
#include "muai/model/generation.h"
#include "muai/model/model.h"
#include "muai/model/model_description.h"
#include "muai/steps/prompt.h"

namespace muai {

// What one run may use of models; checked before each call. 0: no bound.
struct ModelBudgets {
  std::int64_t calls_max = 0;           // limits.model_calls
  std::int64_t tokens_max = 0;          // limits.tokens: prompts and completions
  std::int64_t cost_micro_usd_max = 0;  // limits.cost_usd
};

struct ModelAccessOptions {
  // Asks the models of a chain in turn, as ModelPool::generate does; null: there are no models.
  std::function<Task<Result<Generation>>(std::vector<std::string> chain, GenerateRequest request,
                                         ModelCall call)>
      generate;
  const ModelRegistry* models = nullptr;  // null: none
  std::vector<std::string> order;         // models to ask, best first
  PromptLibrary prompts;
  ModelBudgets budgets;
};

// One question to models.
struct ModelQuestion {
  PromptTemplate prompt;
  PromptValues values;
  // What makes this question the same as an earlier one: canonical JSON without the fence.
  std::string identity;
  std::vector<std::string> chain;
  std::string preface;  // said before the prompt's own system message; may be empty
  std::string json_schema;
  std::optional<double> temperature;       // default: the prompt's, else the model's
  std::optional<std::int64_t> tokens_max;  // default: the prompt's, else 1024
  std::function<void(std::string_view)> on_text;
};

class ModelAccess {
 public:
  static constexpr std::int64_t kContextTokensDefault = 4096;
  static constexpr std::int64_t kContextTokensMax = 8192;  // of a file whose entry does not say

  explicit ModelAccess(ModelAccessOptions options) : options_(std::move(options)) {}
  ModelAccess(const ModelAccess&) = delete;
  ModelAccess& operator=(const ModelAccess&) = delete;

  // Around a run: `models` are those that the request names, in order; empty: the configured ones.
  void begin_run(std::string request_id, std::vector<std::string> models);
  void end_run(std::string_view request_id);

  // The models for a step of a run, without `extractive`; what stands behind it is never asked.
  // NotFound for an unknown name, InvalidConfig for a model that cannot generate or a setting that
  // is no name.
  Result<std::vector<std::string>> chain(const Runtime& runtime,
                                         const boost::json::value& settings) const;

  // The same for a step that needs some other capability than "generate": those of the order that
  // have it, else all that do, by name.
  Result<std::vector<std::string>> chain_with(const Runtime& runtime,
                                              std::string_view capability) const;

  // NotFound or InvalidConfig for the first of the names that is no model with that capability.
  Result<void> check_names(std::span<const std::string> names, std::string_view capability) const;

  // The first model that a node of a run would ask, for loading ahead; empty: none.
  std::string first_model(std::string_view request_id, const Node& node) const;

  // A `prompt` step of that name asks these models, or any with that capability; see first_model.
  void note_prompt_step(std::string step_name, std::vector<std::string> models,
                        std::string capability);

  const PromptLibrary& prompts() const { return options_.prompts; }
  const ModelRegistry* models() const { return options_.models; }

  // Tokens that fit all models of a chain: the smallest context, as their entries or else the
  // headers of their files say (read on `workers`, once); kContextTokensDefault where nothing does.
  Task<std::int64_t> context_tokens(Pool& workers, std::vector<std::string> chain);

  // Asks, with everything noted in the step's record. In a replay the recorded answer; NotFound
  // when there is none. LimitExceeded names the setting of a budget that is used up. `runtime`
  // outlives the task.
  Task<Result<Generation>> ask(Runtime& runtime, ModelQuestion question);

 private:
  struct RunState {
    std::vector<std::string> models;
    std::int64_t calls = 0;
    Usage spent;
  };

  struct PromptStep {
    std::vector<std::string> models;
    std::string capability;
  };

  Result<void> check_budgets(const RunState& run, std::int64_t prompt_tokens,
                             const std::vector<std::string>& chain) const;
  const std::vector<std::string>& order_for(std::string_view request_id) const;
  Result<std::vector<std::string>> checked(std::span<const std::string> names) const;

  ModelAccessOptions options_;
  std::map<std::string, RunState, std::less<>> runs_;
  std::map<std::string, PromptStep, std::less<>> prompt_steps_;
  std::map<std::string, std::int64_t, std::less<>> contexts_;  // that headers say; 0: nothing
};

}  // namespace muai
