#include "muai/graph/workflow.h"

#include <fmt/core.h>

#include <map>
#include <set>

#include "muai/graph/compiled_graph.h"

namespace muai {
namespace {

void append(std::vector<KeyId>& to, const std::vector<KeyId>& keys) {
  to.insert(to.end(), keys.begin(), keys.end());
}

}  // namespace

WorkflowBuilder Workflow::make(std::string name) { return WorkflowBuilder(std::move(name)); }

const std::string& Workflow::name() const { return graph_->name(); }
const std::string& Workflow::description() const { return graph_->description(); }
std::span<const KeyId> Workflow::given() const { return graph_->given(); }
std::span<const KeyId> Workflow::may_give() const { return graph_->may_give(); }
std::span<const KeyId> Workflow::returns() const { return graph_->returns(); }
std::span<const KeyId> Workflow::writable() const { return graph_->writable(); }
std::span<const KeyId> Workflow::always_written() const { return graph_->always_written(); }
std::span<const Node> Workflow::nodes() const { return graph_->listed(); }
const std::string& Workflow::start() const { return graph_->start_name(); }

const Node* Workflow::find_node(std::string_view name) const {
  for (const Node& node : nodes())
    if (node.name == name) return &node;
  return nullptr;
}

WorkflowBuilder::WorkflowBuilder(std::string name) : name_(std::move(name)) {}

WorkflowBuilder& WorkflowBuilder::describe(std::string description) {
  description_ = std::move(description);
  return *this;
}

WorkflowBuilder& WorkflowBuilder::given_keys(std::vector<KeyId> keys) {
  append(given_, keys);
  return *this;
}

WorkflowBuilder& WorkflowBuilder::may_give_keys(std::vector<KeyId> keys) {
  append(may_give_, keys);
  return *this;
}

WorkflowBuilder& WorkflowBuilder::returns_keys(std::vector<KeyId> keys) {
  append(returns_, keys);
  return *this;
}

WorkflowBuilder& WorkflowBuilder::merge_key(KeyId key, MergeRule rule) {
  merge_.emplace_back(key, rule);
  return *this;
}

WorkflowBuilder& WorkflowBuilder::node(std::string name, Step step, Exit exit,
                                       NodeOptions options) {
  return node(Node{std::move(name), std::move(step), {}, std::move(exit), std::move(options)});
}

WorkflowBuilder& WorkflowBuilder::node(std::string name, std::string step_name, Exit exit,
                                       NodeOptions options) {
  return node(
      Node{std::move(name), Step(), std::move(step_name), std::move(exit), std::move(options)});
}

WorkflowBuilder& WorkflowBuilder::node(Node node) {
  nodes_.push_back(std::move(node));
  return *this;
}

WorkflowBuilder& WorkflowBuilder::start_at(std::string name) {
  start_ = std::move(name);
  return *this;
}

// Appends nodes first, so that each knows the name of the one after it.
WorkflowBuilder& WorkflowBuilder::add_chain(std::vector<Node> chain) {
  const std::size_t first = nodes_.size();
  std::set<std::string> taken;
  for (const Node& node : nodes_) taken.insert(node.name);
  std::map<std::string, int> uses;  // of each step's name
  for (Node& link : chain) {
    const std::string stem = link.step ? link.step.name() : link.step_name;
    do {
      const int use = ++uses[stem];
      link.name = use == 1 ? stem : fmt::format("{}_{}", stem, use);
    } while (!taken.insert(link.name).second);
    nodes_.push_back(std::move(link));
  }
  for (std::size_t i = first; i < nodes_.size(); ++i)
    nodes_[i].exit = i + 1 < nodes_.size() ? next(nodes_[i + 1].name) : end();
  return *this;
}

WorkflowBuilder& WorkflowBuilder::chain(std::initializer_list<Step> steps) {
  return chain(std::vector<Step>(steps));
}

WorkflowBuilder& WorkflowBuilder::chain(const std::vector<Step>& steps) {
  std::vector<Node> nodes(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) nodes[i].step = steps[i];
  return add_chain(std::move(nodes));
}

WorkflowBuilder& WorkflowBuilder::chain_names(const std::vector<std::string>& step_names) {
  std::vector<Node> nodes(step_names.size());
  for (std::size_t i = 0; i < step_names.size(); ++i) nodes[i].step_name = step_names[i];
  return add_chain(std::move(nodes));
}

WorkflowBuilder& WorkflowBuilder::steps_from(const Registry<Step>& steps) {
  steps_ = &steps;
  return *this;
}

std::expected<Workflow, std::vector<GraphProblem>> WorkflowBuilder::check() const {
  auto graph = CompiledGraph::compile(*this);
  if (!graph) return std::unexpected(std::move(graph).error());
  return Workflow(*std::move(graph));
}

Result<Workflow> WorkflowBuilder::build() const {
  std::expected<Workflow, std::vector<GraphProblem>> checked = check();
  if (checked) return *std::move(checked);
  std::string message = fmt::format("workflow '{}' can't run:", name_);
  for (const GraphProblem& problem : checked.error()) message += "\n  " + problem.message;
  return fail(ErrorCode::InvalidConfig, std::move(message));
}

}  // namespace muai
