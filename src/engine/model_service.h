#pragma once

// The models of an engine: what is known of them at once, the pool when one is first needed.
// Private to the engine.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "muai/async/pool.h"
#include "muai/async/process.h"
#include "muai/core/result.h"
#include "muai/engine/model_options.h"
#include "muai/graph/workflow.h"
#include "muai/model/breaker.h"
#include "muai/model/llama_model.h"
#include "muai/model/memory.h"
#include "muai/model/model_pool.h"
#include "muai/model/openai_model.h"
#include "muai/steps/model_access.h"
#include "muai/tool/translator.h"

namespace muai {

class AsioLoop;
class Fetcher;

// What it is made of. All outlive it.
struct ModelServiceParts {
  AsioLoop& loop;
  Pool& workers;
  Spawner& spawner;
  Fetcher& fetcher;
  std::string data_folder;
  std::function<void(std::string_view)> on_notice;
};

// Loop thread only.
class ModelService {
 public:
  // Reads the prompts' folder; starts and looks for nothing else.
  static Result<std::unique_ptr<ModelService>> create(ModelOptions options,
                                                      ModelServiceParts parts);
  ModelService(const ModelService&) = delete;
  ModelService& operator=(const ModelService&) = delete;
  ~ModelService();

  const ModelRegistry& registry() const { return registry_; }
  ModelAccess& access() { return *access_; }

  // Made at the first call; its error is given again at each later one.
  Result<ModelPool*> pool();

  // InvalidConfig or Refused where no folder for sockets can be made.
  Result<LlamaHost*> llama_host();

  // Begins to load the model that the nearest nodes behind `node` will ask.
  void load_ahead(const Workflow& workflow, std::string_view request_id, std::string_view node);

  // For the translator; empty when no model can generate.
  TranslateWithModel translate_with_model();

  // Asks an endpoint for its models, see probe_endpoint.
  Task<Result<EndpointReport>> probe(ModelDescription model, std::stop_token stop);

 private:
  ModelService(ModelOptions options, ModelServiceParts parts);

  OpenAiOptions openai_options();
  Result<std::unique_ptr<Model>> make_model(const ModelDescription& description);
  Result<void> open_pool();
  Task<Result<std::string>> translated(TranslationTask task, ToolContext context);

  ModelOptions options_;
  ModelServiceParts parts_;
  ModelRegistry registry_;
  std::unique_ptr<ModelAccess> access_;
  std::unique_ptr<BreakerTable> breakers_;
  std::unique_ptr<MemoryMeter> meter_;
  std::unique_ptr<LlamaHost> host_;
  std::unique_ptr<ModelPool> pool_;
};

}  // namespace muai
