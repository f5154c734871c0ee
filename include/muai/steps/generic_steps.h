#pragma once

// Steps that a workflow file makes for one node: what they do is in their options.
//
//   tool      calls a registered tool with arguments from constants and the state
//   set       writes constants
//   select    writes parts of other keys
//   workflow  runs another workflow
//   prompt    asks a model
//   exec      runs a program of the user's configuration
//
// Whatever comes from outside is written as the key's type or not at all; the error names the
// place. Answers of tools, models and programs are recorded, so that runs can be replayed.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "muai/core/key.h"
#include "muai/core/registry.h"
#include "muai/core/result.h"
#include "muai/graph/step.h"
#include "muai/graph/workflow.h"
#include "muai/steps/exec_program.h"
#include "muai/steps/prompt.h"
#include "muai/steps/value_template.h"

namespace muai {

class ModelAccess;
class Spawner;
class ToolRegistry;

// What goes under a key.
struct KeyValue {
  KeyId key = KeyId::None;
  ValueTemplate value;
};

struct ToolStepOptions {
  struct Argument {
    std::string name;
    ValueTemplate value;
  };
  // The part of the answer at a JSON Pointer goes under `key`.
  struct Output {
    KeyId key = KeyId::None;
    std::string at;
  };
  std::string tool;
  std::vector<Argument> arguments;
  std::vector<Output> outputs;
};

// Named "tool:NAME" in traces. Repeatable: a tool may be asked again. `tools` outlives the step.
// NotFound names the nearest tools.
Result<Step> make_tool_step(const ToolRegistry& tools, ToolStepOptions options);

// Values of the keys' own types (typed_value).
Step make_set_step(std::vector<std::pair<KeyId, ValuePtr>> values);

Step make_select_step(std::vector<KeyValue> values);

struct WorkflowStepOptions {
  struct Output {
    KeyId key = KeyId::None;   // ours
    KeyId from = KeyId::None;  // the workflow's
  };
  Workflow workflow;
  // What the workflow is given, by its keys; nothing: all keys that it takes, by their own names.
  std::optional<std::vector<KeyValue>> inputs;
  // What is taken over from its final state; nothing: all keys that it writes.
  std::optional<std::vector<Output>> outputs;
};

// Named "workflow:NAME". Repeatable when all of its steps are. Sees nothing of the outer state
// but its inputs. How deep workflows may run inside workflows is the executor's limit.
// InvalidConfig names keys that the workflow does not take, needs, or does not write, and keys of
// different types.
Result<Step> make_workflow_step(WorkflowStepOptions options);

// The programs of the user's configuration and the means to run them. Both outlive the steps;
// null programs or spawner: `exec` is off.
struct ExecContext {
  const Registry<ExecProgram>* programs = nullptr;
  Spawner* spawner = nullptr;
};

struct ExecStepOptions {
  std::string program;
  std::vector<KeyId> reads;
  std::vector<KeyId> may_read;
  std::vector<KeyId> writes;
  std::vector<KeyId> may_write;
  Repeatable repeatable = Repeatable::No;
};

// Named "exec:NAME". The program gets the whole state as one JSON object on stdin and answers with
// a JSON object on stdout that has every key of `writes` and no others but those of `may_write`.
// It sees of our environment PATH, HOME, LANG, LC_ALL, TZ, TMPDIR. An exit code other than 0 is a
// failure that quotes stderr. Refused, with how to switch it on, when no programs are configured;
// NotFound names the nearest programs.
Result<Step> make_exec_step(ExecContext context, ExecStepOptions options);

struct PromptStepOptions {
  PromptTemplate prompt;  // its places are the keys that the step reads
  KeyId output = KeyId::None;
  std::string capability = "generate";
  std::vector<std::string> plain;   // places without a fence, beside those of the prompt itself
  std::vector<std::string> models;  // to ask, in order; empty: as muai/steps/model_access.h says
  // What the answer must fit; it is then read as the key's own type. Empty: the answer is a text.
  std::string json_schema;
  std::optional<double> temperature;       // default: the prompt's, else the model's
  std::optional<std::int64_t> tokens_max;  // default: the prompt's, else 1024
};

// Named "prompt:NAME" after its prompt. Repeatable. Every value is fenced as data but `question`
// and the plain places; long values are cut at sentence ends to fit the
// models' context. The step fails when no model answers: nothing else could. `models` outlives it;
// null is refused. NotFound names the nearest models; InvalidConfig for a schema that is wrong, and
// for an output that is no text without one.
Result<Step> make_prompt_step(ModelAccess* models, PromptStepOptions options);

}  // namespace muai
