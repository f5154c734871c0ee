#pragma once

// Workflows as YAML files (docs/formats/workflow.md; JSON Schema: workflow_schema()).

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/registry.h"
#include "muai/core/result.h"
#include "muai/graph/step.h"
#include "muai/graph/workflow.h"

namespace muai {

class ToolRegistry;

// A program that `exec` steps may run, as the user's own configuration names it.
struct ExecProgram {
  std::string name;                  // what workflow files say
  std::vector<std::string> command;  // absolute path and fixed arguments
  std::int64_t timeout_s = 30;
  std::int64_t output_bytes_max = 1 << 20;
};

// What a workflow file can refer to. All outlive the workflows made from it.
struct WorkflowContext {
  const Registry<Step>* steps = nullptr;            // ready-made steps
  const ToolRegistry* tools = nullptr;              // for `tool` steps
  const Registry<Workflow>* workflows = nullptr;    // for `workflow` steps; may still be growing
  const Registry<ExecProgram>* programs = nullptr;  // null or empty: `exec` is off
};

// Reads and validates. Errors name file, line, column, and for graph problems node, key and path.
Result<Workflow> read_workflow(std::string_view yaml, std::string_view source_name,
                               const WorkflowContext& context);

// Reads the file first. NotFound or Io when it cannot be opened; at most 1 MiB.
Result<Workflow> load_workflow(const std::filesystem::path& file, const WorkflowContext& context);

// JSON Schema 2020-12 of the file form.
std::string_view workflow_schema();

}  // namespace muai
