#pragma once

// The models that a command line asks for.

#include <string>
#include <vector>

#include "muai/command.h"
#include "muai/core/result.h"
#include "muai/engine/engine.h"

namespace muai {

// The flag --model of commands that run workflows.
Flag model_flag();

// The names that --model gives, in order; empty without it. A path of a GGUF file becomes a model
// of `options` named after the file. NotFound for a file that is not there and for a name that is
// not configured, nearest names first.
Result<std::vector<std::string>> requested_models(const Arguments& arguments,
                                                  EngineOptions& options);

// The model that `name` means, as --model does; a file becomes a model of `options`.
Result<ModelDescription> find_model(const std::string& name, EngineOptions& options);

// The models of a request, best first, ending in "extractive": what --dry-run shows.
std::vector<std::string> model_chain(const std::vector<std::string>& requested,
                                     const EngineOptions& options);

}  // namespace muai
