#include "workflow/node_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json.hpp>
#include <initializer_list>
#include <vector>

#include "muai/core/nearest.h"
#include "workflow/key_names.h"

namespace muai {
namespace json = boost::json;
namespace {

// Which of the members in `kinds` the node has.
std::vector<std::string_view> members_of(const json::object& node,
                                         std::initializer_list<std::string_view> kinds) {
  std::vector<std::string_view> found;
  for (const std::string_view kind : kinds)
    if (node.contains(kind)) found.push_back(kind);
  return found;
}

NodeOptions options_of(const json::object& node) {
  NodeOptions options;
  if (const json::value* timeout = node.if_contains("timeout_s")) {
    options.timeout = std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(timeout->to_number<double>()));
  }
  if (const json::value* retries = node.if_contains("retries"))
    options.retry.retries = retries->to_number<std::int64_t>();
  if (const json::value* backoff = node.if_contains("backoff_ms"))
    options.retry.backoff = std::chrono::milliseconds(backoff->to_number<std::int64_t>());
  if (const json::value* settings = node.if_contains("settings"))
    options.settings = std::make_shared<const json::value>(*settings);
  return options;
}

}  // namespace

std::optional<Node> NodeReader::read(std::string_view name, const json::object& node,
                                     const std::string& pointer) {
  if (problems_.is_full()) return std::nullopt;
  std::optional<Step> step = read_step(name, node, pointer);
  std::optional<Exit> exit = read_exit(name, node, pointer);
  if (!step || !exit) return std::nullopt;
  return Node{.name = std::string(name),
              .step = *std::move(step),
              .exit = *std::move(exit),
              .options = options_of(node)};
}

std::optional<Step> NodeReader::ready_step(std::string_view node, std::string_view name,
                                           const std::string& pointer) {
  if (!context_.steps) {
    problems_.at(pointer, fmt::format("node '{}': no ready-made steps are registered", node));
    return std::nullopt;
  }
  if (const Step* step = context_.steps->find(name)) return *step;
  problems_.at(pointer, fmt::format("node '{}': unknown step '{}'; {}", node, name,
                                    did_you_mean(name, context_.steps->names())));
  return std::nullopt;
}

std::optional<Step> NodeReader::read_step(std::string_view name, const json::object& node,
                                          const std::string& pointer) {
  const auto kinds =
      members_of(node, {"step", "tool", "set", "select", "workflow", "prompt", "exec"});
  if (kinds.size() != 1) {
    problems_.at_key(
        pointer, kinds.empty() ? fmt::format("node '{}' does not say what it does; add step, tool, "
                                             "set, select, workflow, prompt or exec",
                                             name)
                               : fmt::format("node '{}' has {}; keep one of them", name,
                                             fmt::join(kinds, " and ")));
    return std::nullopt;
  }
  const std::string place = pointer_to_member(pointer, kinds[0]);
  const json::value& body = node.at(kinds[0]);
  if (kinds[0] == "step") return ready_step(name, body.get_string(), place);
  if (kinds[0] == "tool") return read_tool(name, body.get_object(), place);
  if (kinds[0] == "set") return read_set(name, body.get_object(), place);
  if (kinds[0] == "select") return read_select(name, body.get_object(), place);
  if (kinds[0] == "workflow") return read_workflow_step(name, body, place);
  if (kinds[0] == "prompt") return read_prompt(name, body.get_object(), place);
  return read_exec(name, body.get_object(), place);
}

std::optional<Exit> NodeReader::read_exit(std::string_view name, const json::object& node,
                                          const std::string& pointer) {
  const auto kinds = members_of(node, {"next", "branch", "parallel"});
  if (kinds.size() != 1) {
    problems_.at_key(
        pointer,
        kinds.empty()
            ? fmt::format("node '{}' does not say what follows; add next (`next: end` for the "
                          "last node), branch or parallel",
                          name)
            : fmt::format("node '{}' has {}; keep one of them", name, fmt::join(kinds, " and ")));
    return std::nullopt;
  }
  if (kinds[0] == "next") return Exit(next(node.at("next").get_string()));
  if (kinds[0] == "branch") {
    const std::string place = pointer_to_member(pointer, "branch");
    return Exit(read_branch(name, node.at("branch").get_array(), place));
  }
  Parallel parallel;
  for (const json::value& to : node.at("parallel").get_array())
    parallel.to.emplace_back(to.get_string());
  return Exit(std::move(parallel));
}

Branch NodeReader::read_branch(std::string_view name, const json::array& arms,
                               const std::string& pointer) {
  Branch branch;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    const json::object& arm = arms[i].get_object();
    Arm read{.to = std::string(arm.at("to").get_string())};
    if (const json::value* when = arm.if_contains("when"))
      read.when = read_condition(name, *when, pointer_to_member(element_of(pointer, i), "when"));
    branch.arms.push_back(std::move(read));
  }
  return branch;
}

std::optional<Condition> NodeReader::read_condition(std::string_view name, const json::value& when,
                                                    const std::string& pointer) {
  Result<Condition> condition = Condition::from_json(when);
  if (!condition) {
    problems_.at(pointer, fmt::format("node '{}': {}", name, condition.error().message()));
    return std::nullopt;
  }
  for (const KeyId key : condition->keys()) known_key(key_name(key), pointer, problems_);
  return *std::move(condition);
}

}  // namespace muai
