#pragma once

// Workflow: a validated graph with its contract. Building one proves that every run can only go
// wrong inside a step:
//
//   Workflow loud = Workflow::make("loud").given(question).chain({shout, slow}).build().value();
//
//   Result<Workflow> qa = Workflow::make("qa")
//       .describe("answers from the web")
//       .given(question)
//       .node("search", web_search, branch({when(present(search_results, "/0"), "fetch"),
//                                           otherwise("sorry")}))
//       .node("fetch", fetch_url, next("answer"), {.timeout = 20s, .retry = {.retries = 2}})
//       .node("answer", answer, end())
//       .node("sorry", sorry, end())
//       .returns(final_answer)
//       .build();
//
// Checked, with all problems reported together: unknown step, dangling edge, unreachable node,
// cycle, no path to the end, two parallel writers of a key without a merge rule, an input key
// that is not available on every way to its node, and the bounds below.

#include <cstddef>
#include <expected>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "muai/core/key.h"
#include "muai/core/registry.h"
#include "muai/core/result.h"
#include "muai/graph/graph.h"
#include "muai/graph/step.h"

namespace muai {

class CompiledGraph;
class WorkflowBuilder;

// Bounds that every graph keeps.
inline constexpr std::size_t kGraphNodesMax = 1000;
inline constexpr std::size_t kGraphEdgesMax = 20'000;

// Immutable and shared; cheap to copy, safe to use from several threads. A default constructed
// one is empty and may only be assigned to or destroyed.
class Workflow {
 public:
  // Begins to build. `name` is that of traces and registries.
  static WorkflowBuilder make(std::string name);

  Workflow() = default;
  explicit operator bool() const { return graph_ != nullptr; }

  const std::string& name() const;
  const std::string& description() const;

  // The keys that a caller must set, may set, and finds set afterwards. Sorted.
  std::span<const KeyId> given() const;
  std::span<const KeyId> may_give() const;
  std::span<const KeyId> returns() const;

  // The keys that some step may write, and those that are set anew by every successful run. What
  // a step that runs this workflow declares. Sorted.
  std::span<const KeyId> writable() const;
  std::span<const KeyId> always_written() const;

  // In the order in which they were added; names, steps and exits as given, steps resolved.
  std::span<const Node> nodes() const;
  const Node* find_node(std::string_view name) const;  // null when absent
  const std::string& start() const;

  // The index form that the executor runs.
  const CompiledGraph& compiled() const { return *graph_; }

 private:
  friend class WorkflowBuilder;
  explicit Workflow(std::shared_ptr<const CompiledGraph> graph) : graph_(std::move(graph)) {}

  std::shared_ptr<const CompiledGraph> graph_;
};

// Collects a workflow. Nothing is checked before `check` or `build`, so that all problems are
// found together. A value; the calls chain.
class WorkflowBuilder {
 public:
  explicit WorkflowBuilder(std::string name);

  WorkflowBuilder& describe(std::string description);

  // Keys that every caller sets; a run without one fails before its first step.
  template <class... T>
  WorkflowBuilder& given(const Key<T>&... keys) {
    return given_keys({keys.id()...});
  }
  WorkflowBuilder& given_keys(std::vector<KeyId> keys);

  // Keys that a caller may set; for steps that may_read them.
  template <class... T>
  WorkflowBuilder& may_give(const Key<T>&... keys) {
    return may_give_keys({keys.id()...});
  }
  WorkflowBuilder& may_give_keys(std::vector<KeyId> keys);

  // Keys that every successful run leaves set; proved like a step's inputs.
  template <class... T>
  WorkflowBuilder& returns(const Key<T>&... keys) {
    return returns_keys({keys.id()...});
  }
  WorkflowBuilder& returns_keys(std::vector<KeyId> keys);

  // How parallel writers of `key` are brought together here, in place of the key's own rule.
  template <class T>
  WorkflowBuilder& merge(const Key<T>& key, MergeRule rule) {
    return merge_key(key.id(), rule);
  }
  WorkflowBuilder& merge_key(KeyId key, MergeRule rule);

  // The first node added is where runs start, unless `start_at` names another.
  WorkflowBuilder& node(std::string name, Step step, Exit exit, NodeOptions options = {});
  // The same, with the step's name to be looked up in `steps_from`.
  WorkflowBuilder& node(std::string name, std::string step_name, Exit exit,
                        NodeOptions options = {});
  WorkflowBuilder& node(Node node);
  WorkflowBuilder& start_at(std::string name);

  // Nodes named after their steps (or by their names, looked up), one after the other; the last
  // one leads to the end. A name that occurs again gets "_2", "_3", ...
  WorkflowBuilder& chain(std::initializer_list<Step> steps);
  WorkflowBuilder& chain(const std::vector<Step>& steps);
  WorkflowBuilder& chain_names(const std::vector<std::string>& step_names);

  // Where steps given by name are found. Must outlive the builder.
  WorkflowBuilder& steps_from(const Registry<Step>& steps);

  // The workflow, or every problem found, in the order of the nodes.
  std::expected<Workflow, std::vector<GraphProblem>> check() const;

  // The same with one InvalidConfig error that lists all problems, one a line.
  Result<Workflow> build() const;

 private:
  friend class CompiledGraph;
  WorkflowBuilder& add_chain(std::vector<Node> chain);

  std::string name_;
  std::string description_;
  std::vector<KeyId> given_;
  std::vector<KeyId> may_give_;
  std::vector<KeyId> returns_;
  std::vector<std::pair<KeyId, MergeRule>> merge_;
  std::vector<Node> nodes_;
  std::string start_;
  const Registry<Step>* steps_ = nullptr;
};

}  // namespace muai
