// Drawings give each node a name of their own (n0, n1, ...), so that the graph's names appear only
// inside labels, where they are escaped.

#include "muai/workflow/drawing.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <variant>

namespace muai {
namespace json = boost::json;
namespace {

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

// Calls edge(label, target) for every way out; the label is empty for a plain one.
void for_each_edge(const Exit& exit,
                   const std::function<void(const std::string&, const std::string&)>& edge) {
  if (const auto* only = std::get_if<Next>(&exit)) return edge("", only->to);
  if (const auto* all = std::get_if<Parallel>(&exit)) {
    for (const std::string& to : all->to) edge("", to);
    return;
  }
  for (const Arm& arm : std::get<Branch>(exit).arms)
    edge(arm.when ? arm.when->text() : "else", arm.to);
}

// Mermaid's labels read HTML, and "#...;" as a character.
std::string mermaid_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n') {
      escaped += ' ';
    } else if (std::string_view("\"#<>&|`").contains(c)) {
      escaped += fmt::format("#{};", static_cast<int>(c));
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string dot_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c == '\n' ? ' ' : c;
  }
  return escaped;
}

// The drawing's name for each node of the graph.
std::map<std::string, std::string, std::less<>> drawn_names(const Workflow& workflow) {
  std::map<std::string, std::string, std::less<>> names;
  for (const Node& node : workflow.nodes()) names[node.name] = fmt::format("n{}", names.size());
  names[std::string(kEnd)] = "done";
  return names;
}

json::array names_of(std::span<const KeyId> keys) {
  json::array names;
  for (const KeyId key : keys) names.emplace_back(key_name(key));
  return names;
}

void add_exit(const Exit& exit, json::object& node) {
  if (const auto* only = std::get_if<Next>(&exit)) {
    node["next"] = only->to;
    return;
  }
  json::array ways;
  if (const auto* all = std::get_if<Parallel>(&exit)) {
    for (const std::string& to : all->to) ways.emplace_back(to);
    node["parallel"] = std::move(ways);
    return;
  }
  for (const Arm& arm : std::get<Branch>(exit).arms) {
    json::object way;
    if (arm.when) way["when"] = arm.when->text();
    way["to"] = arm.to;
    ways.push_back(std::move(way));
  }
  node["branch"] = std::move(ways);
}

json::object node_to_json(const Node& node) {
  const StepContract& contract = node.step.contract();
  json::object json{{"name", node.name},
                    {"step", contract.name},
                    {"reads", names_of(contract.reads)},
                    {"may_read", names_of(contract.may_read)},
                    {"writes", names_of(contract.writes)},
                    {"may_write", names_of(contract.may_write)},
                    {"repeatable", node.step.is_repeatable()}};
  add_exit(node.exit, json);
  if (node.options.timeout != Duration::max()) json["timeout_s"] = seconds(node.options.timeout);
  if (node.options.retry.retries > 0) json["retries"] = node.options.retry.retries;
  if (node.options.settings) json["settings"] = *node.options.settings;
  return json;
}

// "a, b", or "nothing".
std::string listed(std::span<const KeyId> keys) {
  std::string text;
  for (const KeyId key : keys) {
    if (!text.empty()) text += ", ";
    text += key_name(key);
  }
  return text.empty() ? "nothing" : text;
}

std::string exit_text(const Exit& exit) {
  std::string text = std::holds_alternative<Parallel>(exit) ? "  then, side by side: " : "  then ";
  std::string_view between;
  for_each_edge(exit, [&](const std::string& label, const std::string& to) {
    text += between;
    text += label.empty() ? to : label == "else" ? "else " + to : to + " when " + label;
    between = std::holds_alternative<Branch>(exit) ? "; " : ", ";
  });
  return text + "\n";
}

std::string node_text(const Node& node) {
  const StepContract& contract = node.step.contract();
  std::string text = fmt::format("{}: {}\n", node.name, contract.name);
  text += fmt::format("  reads {}", listed(contract.reads));
  if (!contract.may_read.empty()) text += fmt::format("; may read {}", listed(contract.may_read));
  text += fmt::format("\n  writes {}", listed(contract.writes));
  if (!contract.may_write.empty())
    text += fmt::format("; may write {}", listed(contract.may_write));
  text += '\n';
  if (node.options.timeout != Duration::max())
    text += fmt::format("  ends after {} s\n", seconds(node.options.timeout));
  if (node.options.retry.retries > 0)
    text += fmt::format("  retried up to {} times\n", node.options.retry.retries);
  if (node.options.settings) {
    if (const Result<std::string> settings = write_json(*node.options.settings))
      text += fmt::format("  settings {}\n", *settings);
  }
  return text + exit_text(node.exit);
}

}  // namespace

std::string to_mermaid(const Workflow& workflow) {
  const auto names = drawn_names(workflow);
  std::string text = "flowchart TD\n";
  for (const Node& node : workflow.nodes()) {
    const std::string& step = node.step.name();
    std::string label = mermaid_text(node.name);
    if (step != node.name) label += "<br/>" + mermaid_text(step);
    text += fmt::format("  {}[\"{}\"]\n", names.at(node.name), label);
  }
  text += "  done([\"end\"])\n";
  for (const Node& node : workflow.nodes()) {
    for_each_edge(node.exit, [&](const std::string& label, const std::string& to) {
      const std::string shown =
          label.empty() ? std::string() : fmt::format("|\"{}\"|", mermaid_text(label));
      text += fmt::format("  {} -->{} {}\n", names.at(node.name), shown, names.at(to));
    });
  }
  return text;
}

std::string to_dot(const Workflow& workflow) {
  const auto names = drawn_names(workflow);
  std::string text =
      fmt::format("digraph \"{}\" {{\n  node [shape=box];\n", dot_text(workflow.name()));
  for (const Node& node : workflow.nodes()) {
    const std::string& step = node.step.name();
    std::string label = dot_text(node.name);
    if (step != node.name) label += "\\n" + dot_text(step);
    text += fmt::format("  {} [label=\"{}\"];\n", names.at(node.name), label);
  }
  text += "  done [label=\"end\", shape=oval];\n";
  for (const Node& node : workflow.nodes()) {
    for_each_edge(node.exit, [&](const std::string& label, const std::string& to) {
      const std::string shown =
          label.empty() ? std::string() : fmt::format(" [label=\"{}\"]", dot_text(label));
      text += fmt::format("  {} -> {}{};\n", names.at(node.name), names.at(to), shown);
    });
  }
  return text + "}\n";
}

std::string describe(const Workflow& workflow) {
  std::string text = workflow.name();
  if (!workflow.description().empty()) text += ": " + workflow.description();
  text += fmt::format("\ngiven {}", listed(workflow.given()));
  if (!workflow.may_give().empty())
    text += fmt::format("; may give {}", listed(workflow.may_give()));
  text += fmt::format("\nreturns {}\nstarts at {}\n", listed(workflow.returns()), workflow.start());
  for (const Node& node : workflow.nodes()) text += "\n" + node_text(node);
  return text;
}

json::value workflow_to_json(const Workflow& workflow) {
  json::array nodes;
  for (const Node& node : workflow.nodes()) nodes.push_back(node_to_json(node));
  return json::object{{"name", workflow.name()},
                      {"description", workflow.description()},
                      {"given", names_of(workflow.given())},
                      {"may_give", names_of(workflow.may_give())},
                      {"returns", names_of(workflow.returns())},
                      {"start", workflow.start()},
                      {"nodes", std::move(nodes)}};
}

}  // namespace muai
