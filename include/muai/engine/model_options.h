#pragma once

// Which models an engine has and what they may use.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muai/async/loop.h"
#include "muai/model/model_description.h"
#include "muai/steps/model_access.h"

namespace muai {

struct ModelOptions {
  std::vector<ModelDescription> models;  // names differ
  std::vector<std::string> order;        // to ask, best first; all of them are among `models`
  ModelBudgets budgets;                  // of each run

  // As in ModelPoolOptions.
  Duration residency = std::chrono::seconds(30);
  std::int64_t vram_budget_mb = 0;
  std::int64_t ram_budget_mb = 0;

  std::filesystem::path prompts_dir;     // empty: built-in prompts only
  std::string llama_server;              // the program; empty: looked for in search_path
  std::vector<std::string> search_path;  // folders of programs
  int threads = 0;                       // of each local model; 0: half of the processors
  std::string runtime_parent;            // where folders for sockets are made (RuntimeFolder)

  // A variable of the environment, for the keys of endpoints. Empty: there are none.
  std::function<std::optional<std::string>(std::string_view name)> find_variable;
};

// A description of a GGUF file that nobody configured: named after the file, it generates.
// NotFound when there is no such file.
Result<ModelDescription> describe_model_file(const std::filesystem::path& file);

// Whether the argument of --model means a file and not a configured model.
bool names_model_file(std::string_view argument);

}  // namespace muai
