// Nodes of the generic kinds: tool, set, select, workflow, exec.

#include <fmt/format.h>

#include <boost/json.hpp>
#include <vector>

#include "muai/core/nearest.h"
#include "muai/steps/generic_steps.h"
#include "workflow/key_names.h"
#include "workflow/node_reader.h"

namespace muai {
namespace json = boost::json;

std::optional<Step> NodeReader::made(std::string_view name, Result<Step> step,
                                     const std::string& pointer) {
  if (step) return *std::move(step);
  problems_.at(pointer, fmt::format("node '{}': {}", name, step.error().message()));
  return std::nullopt;
}

std::optional<ValueTemplate> NodeReader::read_value(std::string_view name, const json::value& value,
                                                    const std::string& pointer) {
  Result<ValueTemplate> read = ValueTemplate::read(value);
  if (!read) {
    problems_.at(pointer, fmt::format("node '{}': {}", name, read.error().message()));
    return std::nullopt;
  }
  for (const auto& keys : {read->required_keys(), read->optional_keys()})
    for (const KeyId key : keys) known_key(key_name(key), pointer, problems_);
  return *std::move(read);
}

std::optional<Step> NodeReader::read_tool(std::string_view name, const json::object& tool,
                                          const std::string& pointer) {
  ToolStepOptions options{.tool = std::string(tool.at("name").get_string())};
  if (const json::value* arguments = tool.if_contains("arguments")) {
    const std::string place = pointer_to_member(pointer, "arguments");
    for (const auto& member : arguments->get_object()) {
      auto value = read_value(name, member.value(), pointer_to_member(place, member.key()));
      if (value) options.arguments.push_back({std::string(member.key()), *std::move(value)});
    }
  }
  const json::value& output = tool.at("output");
  const std::string place = pointer_to_member(pointer, "output");
  if (const json::string* whole = output.if_string()) {
    if (const auto key = known_key(*whole, place, problems_)) options.outputs.push_back({*key, {}});
  } else {
    for (const auto& member : output.get_object()) {
      const auto key = known_key(member.key(), pointer_to_member(place, member.key()), problems_);
      if (key) options.outputs.push_back({*key, std::string(member.value().get_string())});
    }
  }
  const std::string tool_place = pointer_to_member(pointer, "name");
  if (!context_.tools) {
    problems_.at(tool_place, fmt::format("node '{}': no tools are registered", name));
    return std::nullopt;
  }
  return made(name, make_tool_step(*context_.tools, std::move(options)), tool_place);
}

std::optional<Step> NodeReader::read_set(std::string_view name, const json::object& values,
                                         const std::string& pointer) {
  std::vector<std::pair<KeyId, ValuePtr>> typed;
  for (const auto& member : values) {
    const std::string place = pointer_to_member(pointer, member.key());
    const auto key = known_key(member.key(), place, problems_);
    if (!key) continue;
    Result<ValuePtr> value = typed_value(*key, member.value());
    if (value) {
      typed.emplace_back(*key, *std::move(value));
    } else {
      problems_.at(place, fmt::format("node '{}': {}", name, value.error().message()));
    }
  }
  return make_set_step(std::move(typed));
}

std::optional<Step> NodeReader::read_select(std::string_view name, const json::object& values,
                                            const std::string& pointer) {
  std::vector<KeyValue> selected;
  for (const auto& member : values) {
    const std::string place = pointer_to_member(pointer, member.key());
    const auto key = known_key(member.key(), place, problems_);
    auto value = read_value(name, member.value(), place);
    if (key && value) selected.push_back({*key, *std::move(value)});
  }
  return make_select_step(std::move(selected));
}

std::optional<Workflow> NodeReader::find_workflow(std::string_view name, std::string_view workflow,
                                                  const std::string& pointer) {
  const Workflow* found = context_.workflows ? context_.workflows->find(workflow) : nullptr;
  if (found) return *found;
  const std::vector<std::string> names =
      context_.workflows ? context_.workflows->names() : std::vector<std::string>();
  problems_.at(pointer, fmt::format("node '{}': no workflow '{}' is registered before this one; {}",
                                    name, workflow, did_you_mean(workflow, names)));
  return std::nullopt;
}

std::optional<Step> NodeReader::read_workflow_step(std::string_view name,
                                                   const json::value& workflow,
                                                   const std::string& pointer) {
  const json::object* detailed = workflow.if_object();
  const std::string name_place = detailed ? pointer_to_member(pointer, "name") : pointer;
  const std::string_view called = (detailed ? detailed->at("name") : workflow).get_string();
  auto found = find_workflow(name, called, name_place);
  WorkflowStepOptions options;
  if (const json::value* inputs = detailed ? detailed->if_contains("inputs") : nullptr) {
    options.inputs.emplace();
    for (const auto& member : inputs->get_object()) {
      const std::string place =
          pointer_to_member(pointer_to_member(pointer, "inputs"), member.key());
      const auto key = known_key(member.key(), place, problems_);
      auto value = read_value(name, member.value(), place);
      if (key && value) options.inputs->push_back({*key, *std::move(value)});
    }
  }
  if (const json::value* outputs = detailed ? detailed->if_contains("outputs") : nullptr) {
    options.outputs.emplace();
    for (const auto& member : outputs->get_object()) {
      const std::string place =
          pointer_to_member(pointer_to_member(pointer, "outputs"), member.key());
      const auto ours = known_key(member.key(), place, problems_);
      const auto theirs = known_key(member.value().get_string(), place, problems_);
      if (ours && theirs) options.outputs->push_back({*ours, *theirs});
    }
  }
  if (!found) return std::nullopt;
  options.workflow = *std::move(found);
  return made(name, make_workflow_step(std::move(options)), pointer);
}

std::optional<Step> NodeReader::read_exec(std::string_view name, const json::object& exec,
                                          const std::string& pointer) {
  ExecStepOptions options{.program = std::string(exec.at("program").get_string())};
  const auto keys_at = [&](std::string_view member) {
    const json::value* names = exec.if_contains(member);
    if (!names) return std::vector<KeyId>();
    return known_keys(*names, pointer_to_member(pointer, member), problems_);
  };
  options.reads = keys_at("reads");
  options.may_read = keys_at("may_read");
  options.writes = keys_at("writes");
  options.may_write = keys_at("may_write");
  const json::value* repeatable = exec.if_contains("repeatable");
  if (repeatable && repeatable->get_bool()) options.repeatable = Repeatable::Yes;
  const ExecContext context{.programs = context_.programs, .spawner = context_.spawner};
  return made(name, make_exec_step(context, std::move(options)),
              pointer_to_member(pointer, "program"));
}

}  // namespace muai
