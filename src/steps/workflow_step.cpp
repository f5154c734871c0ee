// A workflow as a step: which of our keys it is given, and which of its keys we take over.

#include <fmt/format.h>

#include <algorithm>

#include "muai/core/nearest.h"
#include "muai/steps/generic_steps.h"
#include "steps/key_list.h"

namespace muai {
namespace {

bool contains(std::span<const KeyId> keys, KeyId key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

std::vector<std::string_view> names_of(std::span<const KeyId> keys) {
  std::vector<std::string_view> names;
  for (const KeyId key : keys) names.push_back(key_name(key));
  return names;
}

std::vector<KeyId> taken_keys(const Workflow& workflow) {
  std::vector<KeyId> keys(workflow.given().begin(), workflow.given().end());
  keys.insert(keys.end(), workflow.may_give().begin(), workflow.may_give().end());
  return keys;
}

class WorkflowBody final : public StepBody {
 public:
  explicit WorkflowBody(WorkflowStepOptions options) : options_(std::move(options)) {}

  Task<Result<State>> run(State in, Runtime& runtime) const override {
    MUAI_CO_TRY(State given, given_from(in));
    auto running = runtime.run(options_.workflow.name(), std::move(given));
    auto final_state = co_await std::move(running);
    if (!final_state) co_return pass(std::move(final_state));
    co_return taken_over(in, *final_state);
  }

 private:
  Result<State> given_from(const State& in) const {
    State given;
    if (options_.inputs) {
      for (const KeyValue& entry : *options_.inputs) {
        MUAI_TRY(ValuePtr value, entry.value.fill_as(entry.key, in));
        given = std::move(given).with_value(entry.key, std::move(value));
      }
      return given;
    }
    for (const KeyId key : taken_keys(options_.workflow))
      if (ValuePtr value = in.value_of(key)) given = std::move(given).with_value(key, value);
    return given;
  }

  State taken_over(State in, const State& final_state) const {
    if (options_.outputs) {
      for (const WorkflowStepOptions::Output& output : *options_.outputs)
        if (ValuePtr value = final_state.value_of(output.from))
          in = std::move(in).with_value(output.key, std::move(value));
      return in;
    }
    for (const KeyId key : options_.workflow.writable())
      if (ValuePtr value = final_state.value_of(key))
        in = std::move(in).with_value(key, std::move(value));
    return in;
  }

  const WorkflowStepOptions options_;
};

Result<void> check_inputs(const Workflow& workflow, const std::vector<KeyValue>& inputs) {
  const std::vector<KeyId> taken = taken_keys(workflow);
  std::vector<KeyId> named;
  for (const KeyValue& input : inputs) {
    if (!contains(taken, input.key)) {
      const std::string_view name = key_name(input.key);
      return fail(ErrorCode::InvalidConfig,
                  fmt::format("workflow '{}' does not take key '{}'; {}", workflow.name(), name,
                              did_you_mean(name, names_of(taken))));
    }
    named.push_back(input.key);
  }
  for (const KeyId key : workflow.given()) {
    if (contains(named, key)) continue;
    return fail(ErrorCode::InvalidConfig,
                fmt::format("workflow '{}' needs key '{}'; add `{}: {{from: KEY}}` to inputs",
                            workflow.name(), key_name(key), key_name(key)));
  }
  return {};
}

Result<void> check_output(const Workflow& workflow, const WorkflowStepOptions::Output& output) {
  const std::string_view from = key_name(output.from);
  if (!contains(workflow.writable(), output.from)) {
    return fail(ErrorCode::InvalidConfig,
                fmt::format("workflow '{}' does not write key '{}'; {}", workflow.name(), from,
                            did_you_mean(from, names_of(workflow.writable()))));
  }
  const ValueType* ours = key_entry(output.key).type;
  const ValueType* theirs = key_entry(output.from).type;
  if (ours == theirs) return {};
  return fail(ErrorCode::InvalidConfig,
              fmt::format("key '{}' has type {}, but '{}' of workflow '{}' has type {}; use the "
                          "same type",
                          key_name(output.key), ours ? ours->name : "json", from, workflow.name(),
                          theirs ? theirs->name : "json"));
}

void add_inputs(const WorkflowStepOptions& options, StepContract& contract) {
  if (options.inputs) {
    for (const KeyValue& input : *options.inputs) add_keys_of(input.value, contract);
    return;
  }
  const Workflow& workflow = options.workflow;
  contract.reads.assign(workflow.given().begin(), workflow.given().end());
  contract.may_read.assign(workflow.may_give().begin(), workflow.may_give().end());
}

void add_outputs(const WorkflowStepOptions& options, StepContract& contract) {
  const Workflow& workflow = options.workflow;
  const auto add = [&](KeyId ours, KeyId theirs) {
    const bool certain = contains(workflow.always_written(), theirs);
    (certain ? contract.writes : contract.may_write).push_back(ours);
  };
  if (options.outputs) {
    for (const WorkflowStepOptions::Output& output : *options.outputs) add(output.key, output.from);
  } else {
    for (const KeyId key : workflow.writable()) add(key, key);
  }
}

}  // namespace

Result<Step> make_workflow_step(WorkflowStepOptions options) {
  const Workflow& workflow = options.workflow;
  if (options.inputs) MUAI_TRY_VOID(check_inputs(workflow, *options.inputs));
  if (options.outputs)
    for (const WorkflowStepOptions::Output& output : *options.outputs)
      MUAI_TRY_VOID(check_output(workflow, output));
  StepContract contract{.name = "workflow:" + workflow.name(), .repeatable = Repeatable::Yes};
  for (const Node& node : workflow.nodes())
    if (!node.step.is_repeatable()) contract.repeatable = Repeatable::No;
  add_inputs(options, contract);
  add_outputs(options, contract);
  return Step(std::move(contract), std::make_unique<WorkflowBody>(std::move(options)));
}

}  // namespace muai
