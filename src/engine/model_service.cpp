#include "engine/model_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <system_error>
#include <unordered_set>
#include <utility>
#include <variant>

#include "muai/async/asio_loop.h"
#include "muai/model/extractive_model.h"
#include "muai/model/translation.h"
#include "muai/net/fetcher.h"

// Nothing here costs a run that asks no model: no process, no probe of the memory, no folder. The
// first question to a model, or the first node of a run that will ask one, opens the pool.

namespace muai {
namespace fs = std::filesystem;
namespace {

std::vector<std::string> targets_of(const Exit& exit) {
  if (const auto* next = std::get_if<Next>(&exit)) return {next->to};
  if (const auto* parallel = std::get_if<Parallel>(&exit)) return parallel->to;
  std::vector<std::string> targets;
  for (const Arm& arm : std::get<Branch>(exit).arms) targets.push_back(arm.to);
  return targets;
}

}  // namespace

Result<ModelDescription> describe_model_file(const fs::path& file) {
  std::error_code error;
  const fs::path whole = fs::absolute(file, error);
  if (error || !fs::is_regular_file(whole, error)) {
    return fail(ErrorCode::NotFound,
                fmt::format("there is no model file {}; --model takes the name of a configured "
                            "model (`muai model list`) or the path of a .gguf file",
                            file.string()));
  }
  return ModelDescription{.name = file.stem().string(),
                          .capabilities = {"generate"},
                          .supports_quant = true,
                          .model_path = whole.string()};
}

bool names_model_file(std::string_view argument) {
  return argument.ends_with(".gguf") || argument.find('/') != std::string_view::npos;
}

ModelService::ModelService(ModelOptions options, ModelServiceParts parts)
    : options_(std::move(options)), parts_(std::move(parts)) {}

// Servers end before what they were made with goes.
ModelService::~ModelService() {
  if (pool_) parts_.loop.run(pool_->close());
}

Result<std::unique_ptr<ModelService>> ModelService::create(ModelOptions options,
                                                           ModelServiceParts parts) {
  auto service =
      std::unique_ptr<ModelService>(new ModelService(std::move(options), std::move(parts)));
  ModelService* const self = service.get();
  const ModelOptions& set = self->options_;
  for (const ModelDescription& model : set.models) MUAI_TRY_VOID(self->registry_.add(model));
  ModelAccessOptions access{.models = &self->registry_, .order = set.order, .budgets = set.budgets};
  if (!set.prompts_dir.empty()) {
    MUAI_TRY(access.prompts, PromptLibrary::open(set.prompts_dir));
  }
  access.generate = [self](std::vector<std::string> chain, GenerateRequest request,
                           ModelCall call) -> Task<Result<Generation>> {
    Result<ModelPool*> pool = self->pool();
    if (!pool) return Task<Result<Generation>>::ready(pass(std::move(pool)));
    return (*pool)->generate(std::move(chain), std::move(request), std::move(call));
  };
  self->access_ = std::make_unique<ModelAccess>(std::move(access));
  for (const std::string& name : set.order)
    if (name != kExtractiveModel) MUAI_TRY_VOID(self->registry_.lookup(name));
  return service;
}

OpenAiOptions ModelService::openai_options() {
  if (!breakers_) breakers_ = std::make_unique<BreakerTable>(parts_.loop);
  return {.find_variable = options_.find_variable,
          .breakers = breakers_.get(),
          .on_notice = parts_.on_notice};
}

Result<LlamaHost*> ModelService::llama_host() {
  if (host_) return host_.get();
  if (!meter_) meter_ = std::make_unique<MemoryMeter>();
  LlamaOptions llama{.programs = find_llama_programs(options_.llama_server, options_.search_path),
                     .runtime_parent = options_.runtime_parent,
                     .data_folder = parts_.data_folder,
                     .threads = options_.threads,
                     .on_notice = parts_.on_notice};
  MUAI_TRY(host_, LlamaHost::create(parts_.loop, parts_.spawner, parts_.fetcher, parts_.workers,
                                    *meter_, std::move(llama)));
  return host_.get();
}

Result<std::unique_ptr<Model>> ModelService::make_model(const ModelDescription& description) {
  if (description.backend == ModelBackend::OpenAi)
    return make_openai_model(parts_.loop, parts_.fetcher, description, openai_options());
  MUAI_TRY(LlamaHost * host, llama_host());
  return make_llama_model(*host, description);
}

Result<void> ModelService::open_pool() {
  if (!meter_) meter_ = std::make_unique<MemoryMeter>();
  std::vector<std::unique_ptr<Model>> models;
  for (const ModelDescription& description : options_.models) {
    MUAI_TRY(std::unique_ptr<Model> model, make_model(description));
    models.push_back(std::move(model));
  }
  const ModelPoolOptions pool{.residency = options_.residency,
                              .vram_budget_mb = options_.vram_budget_mb,
                              .ram_budget_mb = options_.ram_budget_mb};
  MUAI_TRY(pool_, ModelPool::create(parts_.workers, std::move(models),
                                    memory_probe(*meter_, parts_.workers), pool));
  return {};
}

Result<ModelPool*> ModelService::pool() {
  if (!pool_) MUAI_TRY_VOID(open_pool());
  return pool_.get();
}

void ModelService::load_ahead(const Workflow& workflow, std::string_view request_id,
                              std::string_view node) {
  const Node* from = workflow.find_node(node);
  if (!from || registry_.names().empty()) return;
  std::unordered_set<std::string> seen{std::string(node)};
  std::deque<std::string> ahead;
  const auto follow = [&](const Node& one) {
    for (std::string& to : targets_of(one.exit))
      if (seen.insert(to).second) ahead.push_back(std::move(to));
  };
  follow(*from);
  for (; !ahead.empty(); ahead.pop_front()) {
    const Node* next = workflow.find_node(ahead.front());
    if (!next) continue;  // the end
    const std::string model = access_->first_model(request_id, *next);
    if (model.empty()) {
      follow(*next);
      continue;
    }
    if (const Result<ModelPool*> opened = pool()) (*opened)->prefetch(model);
    return;
  }
}

Task<Result<std::string>> ModelService::translated(TranslationTask task, ToolContext context) {
  std::vector<std::string> chain;
  for (const std::string& name : options_.order) {
    const ModelDescription* model = registry_.find(name);
    if (model && std::ranges::find(model->capabilities, "generate") != model->capabilities.end())
      chain.push_back(name);
  }
  MUAI_CO_TRY(ModelPool * models, pool());
  const TranslationRequest request{.text = task.text, .source = task.source, .target = task.target};
  ModelCall call{.stop = context.stop,
                 .deadline = context.deadline,
                 .on_event = [note = context.note](ModelEvent event) {
                   if (note && event.kind == ModelEventKind::Fallback) note(event.reason);
                 }};
  auto asking = models->generate(std::move(chain), translation_prompt(request), std::move(call));
  auto answer = co_await std::move(asking);
  if (!answer) co_return pass(std::move(answer));
  co_return read_translation(request, *answer);
}

TranslateWithModel ModelService::translate_with_model() {
  const bool any = std::ranges::any_of(options_.order, [&](const std::string& name) {
    const ModelDescription* model = registry_.find(name);
    return model && std::ranges::find(model->capabilities, "generate") != model->capabilities.end();
  });
  if (!any) return {};
  return [this](TranslationTask task, ToolContext context) {
    return translated(std::move(task), std::move(context));
  };
}

Task<Result<EndpointReport>> ModelService::probe(ModelDescription model, std::stop_token stop) {
  return probe_endpoint(parts_.loop, parts_.fetcher, std::move(model), openai_options(),
                        std::move(stop));
}

}  // namespace muai
