#include "workflow/earlier_graph.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <string_view>
#include <vector>

#include "muai/core/nearest.h"
#include "muai/graph/graph.h"

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::string_view kMembers[] = {"step_name", "next_nodes", "condition", "settings"};

bool is_text(const json::value* value) { return value && value->is_string(); }

// Reports what does not fit the form; true when all does.
bool check_node(std::string_view name, const json::value& node, Problems& problems) {
  const std::string pointer = pointer_to_member("", name);
  const json::object* members = node.if_object();
  if (!members || !is_text(members->if_contains("step_name"))) {
    problems.at(pointer, fmt::format("node '{}' needs step_name", name));
    return false;
  }
  bool fits = true;
  for (const auto& member : *members) {
    const std::string_view known = member.key();
    if (std::find(std::begin(kMembers), std::end(kMembers), known) != std::end(kMembers)) continue;
    problems.at_key(pointer_to_member(pointer, known),
                    fmt::format("node '{}' has the unknown member '{}'; {}", name, known,
                                did_you_mean(known, kMembers)));
    fits = false;
  }
  const json::value* condition = members->if_contains("condition");
  if (condition && !condition->is_object() && !condition->is_null()) {
    problems.at(pointer_to_member(pointer, "condition"),
                fmt::format("node '{}': a condition is a map such as {{present: docs}}; code is "
                            "never run",
                            name));
    fits = false;
  }
  const json::value* next = members->if_contains("next_nodes");
  bool is_list = !next || next->is_array();
  if (next && next->is_array())
    for (const json::value& to : next->get_array()) is_list = is_list && to.is_string();
  if (!is_list) {
    problems.at(pointer_to_member(pointer, "next_nodes"),
                fmt::format("node '{}': next_nodes is a list of node names", name));
  }
  return fits && is_list;
}

// The condition that belongs to a node; null when it has none.
const json::value* condition_of(const json::object& graph, std::string_view node) {
  const json::value* target = graph.if_contains(node);
  const json::object* members = target ? target->if_object() : nullptr;
  const json::value* condition = members ? members->if_contains("condition") : nullptr;
  return condition && condition->is_object() ? condition : nullptr;
}

json::array branch_of(const json::object& graph, const json::array& successors) {
  json::array arms;
  for (const json::value& to : successors) {
    const json::value* condition = condition_of(graph, to.get_string());
    if (!condition) {
      arms.push_back(json::object{{"to", to}});  // always taken: nothing after it can be
      return arms;
    }
    arms.push_back(json::object{{"when", *condition}, {"to", to}});
  }
  arms.push_back(json::object{{"to", successors.front()}});
  return arms;
}

void add_exit(const json::object& graph, const json::object& node, json::object& translated) {
  const json::value* next = node.if_contains("next_nodes");
  const json::array none;
  const json::array& successors = next ? next->get_array() : none;
  if (successors.empty()) {
    translated["next"] = kEnd;
  } else if (successors.size() == 1 || !condition_of(graph, successors.front().get_string())) {
    translated["next"] = successors.front();
  } else {
    translated["branch"] = branch_of(graph, successors);
  }
}

}  // namespace

bool is_earlier_graph(const json::value& file) {
  const json::object* members = file.if_object();
  if (!members || members->contains("name") || members->contains("nodes")) return false;
  for (const auto& member : *members) {
    const json::object* node = member.value().if_object();
    if (node && node->contains("step_name")) return true;
  }
  return false;
}

json::object translate_earlier_graph(const json::object& graph, Problems& problems) {
  json::object nodes;
  for (const auto& member : graph) {
    const std::string_view name = member.key();
    if (name == kEnd || !check_node(name, member.value(), problems)) continue;
    const json::object& node = member.value().get_object();
    json::object translated{{"step", node.at("step_name")}};
    if (const json::value* settings = node.if_contains("settings");
        settings && settings->is_object())
      translated["settings"] = *settings;
    add_exit(graph, node, translated);
    nodes[name] = std::move(translated);
  }
  return nodes;
}

}  // namespace muai
