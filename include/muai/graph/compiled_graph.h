#pragma once

// CompiledGraph: a workflow as index arrays, the form that the executor runs. Nodes are in
// topological order; among equals the order of the edges decides ("edge order"), so that index
// order is also the order in which results of parallel branches are brought together. Immutable.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "muai/core/key.h"
#include "muai/graph/graph.h"
#include "muai/graph/workflow.h"

namespace muai {

class CompiledGraph {
 public:
  using Index = std::uint32_t;
  static constexpr Index kNoNode = 0xFFFFFFFF;

  enum class ExitKind : std::uint8_t { Next, Branch, Parallel, End };

  struct CompiledEdge {
    Index from = 0;
    Index to = 0;
    const Condition* when = nullptr;  // null: next, parallel, or the else of a branch
  };

  struct CompiledNode {
    const Node* node = nullptr;  // null for the end
    const Step* step = nullptr;
    std::span<const KeyId> reads;
    std::span<const KeyId> writes;
    std::span<const KeyId> writable;
    ExitKind exit = ExitKind::End;
    Index first_out = 0;  // into edges()
    Index out_count = 0;
    Index first_in = 0;  // into in_edges()
    Index in_count = 0;
    // The nearest node that every way to this node passes: where its parallel branches forked.
    Index dominator = kNoNode;
    // How many times the node's output is looked at: by its edges, and by joins it dominates.
    Index uses = 0;
  };

  // Puts a checked builder's graph into index form, or says what is wrong with it.
  static std::expected<std::shared_ptr<const CompiledGraph>, std::vector<GraphProblem>> compile(
      const WorkflowBuilder& builder);

  const std::string& name() const { return name_; }
  const std::string& description() const { return description_; }
  const std::string& start_name() const { return start_name_; }
  std::span<const KeyId> given() const { return given_; }
  std::span<const KeyId> may_give() const { return may_give_; }
  std::span<const KeyId> returns() const { return returns_; }
  std::span<const KeyId> writable() const { return writable_; }
  std::span<const KeyId> always_written() const { return always_written_; }
  std::span<const Node> listed() const { return listed_; }

  // The nodes, the start first and the end last.
  std::span<const CompiledNode> nodes() const { return nodes_; }
  Index end_index() const { return static_cast<Index>(nodes_.size() - 1); }
  // Grouped by source, arms in order.
  std::span<const CompiledEdge> edges() const { return edges_; }
  // Positions in edges(), grouped by target, in edge order.
  std::span<const Index> in_edges() const { return in_edges_; }

  std::span<const CompiledEdge> out_of(const CompiledNode& node) const {
    return edges().subspan(node.first_out, node.out_count);
  }
  std::span<const Index> into(const CompiledNode& node) const {
    return in_edges().subspan(node.first_in, node.in_count);
  }

  // The rule for parallel writers of a key in this workflow.
  MergeRule merge_rule(KeyId key) const;

  // True when a way leads from `from` to `to`; false for a node and itself.
  bool reaches(Index from, Index to) const {
    return (reach_[from * reach_words_ + to / 64] >> (to % 64)) & 1;
  }

  // True when branches cross, or end in a join further out than their own, so that one write can
  // reach a join over several edges.
  bool has_crossing_branches() const { return has_crossing_branches_; }

 private:
  friend class GraphCompiler;

  std::string name_;
  std::string description_;
  std::string start_name_;
  std::vector<KeyId> given_;
  std::vector<KeyId> may_give_;
  std::vector<KeyId> returns_;
  std::vector<KeyId> writable_;
  std::vector<KeyId> always_written_;
  std::vector<Node> listed_;
  std::vector<CompiledNode> nodes_;
  std::vector<CompiledEdge> edges_;
  std::vector<Index> in_edges_;
  std::vector<std::pair<KeyId, MergeRule>> merge_rules_;  // of writable keys, sorted
  std::vector<std::uint64_t> reach_;                      // a bit row per node
  std::size_t reach_words_ = 0;
  bool has_crossing_branches_ = false;
};

}  // namespace muai
