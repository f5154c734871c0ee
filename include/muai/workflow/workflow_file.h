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
#include "muai/steps/exec_program.h"

namespace muai {

class ModelAccess;
class Spawner;
class ToolRegistry;

// What a workflow file can refer to. All outlive the workflows made from it.
struct WorkflowContext {
  const Registry<Step>* steps = nullptr;            // ready-made steps
  const ToolRegistry* tools = nullptr;              // for `tool` steps
  const Registry<Workflow>* workflows = nullptr;    // for `workflow` steps; may still be growing
  const Registry<ExecProgram>* programs = nullptr;  // null or empty: `exec` is off
  Spawner* spawner = nullptr;                       // runs them; null: `exec` is off
  ModelAccess* models = nullptr;                    // for `prompt` steps; null: there are none
};

// Reads and validates. Every problem found is a line of one InvalidConfig error, which begins with
// file, line and column and names node, key and, for problems of the graph, the path. The earlier
// system's JSON graphs ({"node": {step_name, next_nodes}}) are read, too; the stem of
// `source_name` is then the workflow's name.
Result<Workflow> read_workflow(std::string_view yaml, std::string_view source_name,
                               const WorkflowContext& context);

// Reads the file first. NotFound or Io when it cannot be opened; at most 1 MiB. Only here may
// `prompt` nodes name files: those of the workflow file's own folder and below.
Result<Workflow> load_workflow(const std::filesystem::path& file, const WorkflowContext& context);

// JSON Schema 2020-12 of the file form.
std::string_view workflow_schema();

}  // namespace muai
