#include "muai/model_request.h"

#include <fmt/format.h>

#include <algorithm>

#include "muai/core/nearest.h"
#include "muai/model/extractive_model.h"

namespace muai {

Flag model_flag() {
  return {.names = "--model",
          .value = "NAME",
          .meaning =
              "ask this model: a configured name, the path of a .gguf file, or extractive; "
              "several are asked in turn",
          .repeat = Repeat::Many,
          .completes = Completes::Path};
}

Result<ModelDescription> find_model(const std::string& name, EngineOptions& options) {
  std::vector<ModelDescription>& models = options.models.models;
  const auto named = [&](std::string_view wanted) {
    return std::ranges::find(models, wanted, &ModelDescription::name);
  };
  if (name == kExtractiveModel)
    return ModelDescription{
        .name = name, .capabilities = {"generate"}, .backend = ModelBackend::Extractive};
  if (const auto known = named(name); known != models.end()) return *known;
  if (names_model_file(name)) {
    MUAI_TRY(ModelDescription model, describe_model_file(name));
    if (const auto same = named(model.name); same != models.end()) models.erase(same);
    models.push_back(model);
    return model;
  }
  std::vector<std::string> names{std::string(kExtractiveModel)};
  for (const ModelDescription& model : models) names.push_back(model.name);
  return fail(
      ErrorCode::NotFound,
      fmt::format("no model '{}' is configured; {}; a path that ends in .gguf works without "
                  "configuration, `muai doctor` says how to get one",
                  name, did_you_mean(name, names)));
}

Result<std::vector<std::string>> requested_models(const Arguments& arguments,
                                                  EngineOptions& options) {
  std::vector<std::string> requested;
  for (const std::string& argument : arguments.values("--model")) {
    Result<ModelDescription> model = find_model(argument, options);
    if (!model) {
      // A program that asks looks at the exit code: no model, not no answer.
      return fail(ErrorCode::ModelUnavailable, model.error().message());
    }
    requested.push_back(model->name);
  }
  return requested;
}

std::vector<std::string> model_chain(const std::vector<std::string>& requested,
                                     const EngineOptions& options) {
  std::vector<std::string> chain;
  for (const std::string& name : requested.empty() ? options.models.order : requested) {
    if (name == kExtractiveModel) break;
    chain.push_back(name);
  }
  chain.emplace_back(kExtractiveModel);
  return chain;
}

}  // namespace muai
