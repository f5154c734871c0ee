// From a builder's list of nodes to a CompiledGraph: order, index arrays, dominators, and the
// proofs on the way.

#include <algorithm>
#include <iterator>
#include <set>

#include "graph/dataflow.h"
#include "graph/structure.h"
#include "muai/core/check.h"
#include "muai/graph/compiled_graph.h"

namespace muai {

class GraphCompiler {
 public:
  using Index = CompiledGraph::Index;
  using ExitKind = CompiledGraph::ExitKind;
  using CompiledNode = CompiledGraph::CompiledNode;

  explicit GraphCompiler(CompiledGraph& graph) : graph_(graph) {}

  void lay_out(const GraphShape& shape);
  void collect_keys(const std::vector<std::pair<KeyId, MergeRule>>& overrides);

 private:
  std::vector<Index> order_of(const GraphShape& shape) const;
  void add_node(Index listed, const GraphShape& shape, const std::vector<Index>& position);
  void link_in_edges();
  void find_reach();
  void find_dominators();
  void find_crossings();
  Index nearest_common_dominator(Index a, Index b) const;
  bool crosses(Index join) const;

  CompiledGraph& graph_;
};

// Reverse postorder of a depth-first walk that visits later edges first: topological, and earlier
// edges come first where there is a choice.
std::vector<CompiledGraph::Index> GraphCompiler::order_of(const GraphShape& shape) const {
  struct Visit {
    Index node;
    std::size_t left;  // edges not yet followed
  };
  std::vector<bool> seen(shape.out.size() + 1, false);
  std::vector<Index> postorder;
  std::vector<Visit> path{{shape.start, shape.out[shape.start].size()}};
  seen[shape.start] = true;
  while (!path.empty()) {
    Visit& top = path.back();
    if (top.left == 0) {
      postorder.push_back(top.node);
      path.pop_back();
      continue;
    }
    const Index to = shape.out[top.node][--top.left].to;
    if (seen[to]) continue;
    seen[to] = true;
    path.push_back({to, to == shape.out.size() ? 0 : shape.out[to].size()});
  }
  std::reverse(postorder.begin(), postorder.end());
  return postorder;
}

CompiledGraph::ExitKind kind_of(const Exit& exit) {
  if (std::holds_alternative<Next>(exit)) return CompiledGraph::ExitKind::Next;
  if (std::holds_alternative<Branch>(exit)) return CompiledGraph::ExitKind::Branch;
  return CompiledGraph::ExitKind::Parallel;
}

void GraphCompiler::add_node(Index listed, const GraphShape& shape,
                             const std::vector<Index>& position) {
  CompiledNode node;
  node.first_out = static_cast<Index>(graph_.edges_.size());
  if (listed < graph_.listed_.size()) {
    const Node& source = graph_.listed_[listed];
    node.node = &source;
    node.step = &source.step;
    node.reads = source.step.contract().reads;
    node.writes = source.step.contract().writes;
    node.writable = source.step.writable();
    node.exit = kind_of(source.exit);
    for (const GraphShape::Edge& edge : shape.out[listed])
      graph_.edges_.push_back({position[listed], position[edge.to], edge.when});
    node.out_count = static_cast<Index>(shape.out[listed].size());
  } else {
    node.reads = graph_.returns_;
  }
  node.uses = node.out_count;
  graph_.nodes_.push_back(node);
}

void GraphCompiler::link_in_edges() {
  for (const CompiledGraph::CompiledEdge& edge : graph_.edges_) ++graph_.nodes_[edge.to].in_count;
  Index next = 0;
  for (CompiledNode& node : graph_.nodes_) {
    node.first_in = next;
    next += node.in_count;
  }
  graph_.in_edges_.resize(graph_.edges_.size());
  std::vector<Index> filled(graph_.nodes_.size(), 0);
  for (Index e = 0; e < graph_.edges_.size(); ++e) {
    const Index to = graph_.edges_[e].to;
    graph_.in_edges_[graph_.nodes_[to].first_in + filled[to]++] = e;
  }
}

void GraphCompiler::find_reach() {
  const std::size_t count = graph_.nodes_.size();
  graph_.reach_words_ = (count + 63) / 64;
  graph_.reach_.assign(count * graph_.reach_words_, 0);
  for (Index n = static_cast<Index>(count); n-- > 0;) {
    std::uint64_t* row = &graph_.reach_[n * graph_.reach_words_];
    for (const CompiledGraph::CompiledEdge& edge : graph_.out_of(graph_.nodes_[n])) {
      row[edge.to / 64] |= std::uint64_t{1} << (edge.to % 64);
      const std::uint64_t* below = &graph_.reach_[edge.to * graph_.reach_words_];
      for (std::size_t w = 0; w < graph_.reach_words_; ++w) row[w] |= below[w];
    }
  }
}

CompiledGraph::Index GraphCompiler::nearest_common_dominator(Index a, Index b) const {
  // A dominator has a smaller index than what it dominates.
  while (a != b) {
    Index& lower = a > b ? a : b;
    lower = graph_.nodes_[lower].dominator;
  }
  return a;
}

void GraphCompiler::find_dominators() {
  for (Index n = 1; n < graph_.nodes_.size(); ++n) {
    CompiledNode& node = graph_.nodes_[n];
    for (const Index edge : graph_.into(node)) {
      const Index from = graph_.edges_[edge].from;
      node.dominator = node.dominator == CompiledGraph::kNoNode
                           ? from
                           : nearest_common_dominator(node.dominator, from);
    }
    if (node.in_count > 1) ++graph_.nodes_[node.dominator].uses;
  }
}

// True unless the writers behind each edge into `join` stand apart, in the order of the edges: then
// a write could arrive over two edges, or edge order and index order would differ.
bool GraphCompiler::crosses(Index join) const {
  const CompiledNode& node = graph_.nodes_[join];
  Index last_before = node.dominator;
  for (const Index edge : graph_.into(node)) {
    const Index from = graph_.edges_[edge].from;
    Index last_here = last_before;
    for (Index w = node.dominator + 1; w <= from; ++w) {
      if (graph_.nodes_[w].writable.empty() || (w != from && !graph_.reaches(w, from))) continue;
      if (w <= last_before) return true;
      last_here = w;
    }
    last_before = last_here;
  }
  return false;
}

void GraphCompiler::find_crossings() {
  for (Index n = 1; n < graph_.nodes_.size() && !graph_.has_crossing_branches_; ++n)
    if (graph_.nodes_[n].in_count > 1) graph_.has_crossing_branches_ = crosses(n);
}

void GraphCompiler::lay_out(const GraphShape& shape) {
  const std::vector<Index> order = order_of(shape);
  MUAI_CHECK(order.size() == shape.out.size() + 1);  // all reachable, the end included
  MUAI_CHECK(order.back() == shape.out.size());
  std::vector<Index> position(order.size());
  for (Index i = 0; i < order.size(); ++i) position[order[i]] = i;
  for (const Index listed : order) add_node(listed, shape, position);
  link_in_edges();
  find_reach();
  find_dominators();
  find_crossings();
}

void GraphCompiler::collect_keys(const std::vector<std::pair<KeyId, MergeRule>>& overrides) {
  std::set<KeyId> writable;
  for (const CompiledNode& node : graph_.nodes_)
    writable.insert(node.writable.begin(), node.writable.end());
  graph_.writable_.assign(writable.begin(), writable.end());
  for (const KeyId key : writable) {
    MergeRule rule = key_entry(key).merge_rule;
    for (const auto& [overridden, with] : overrides)
      if (overridden == key) rule = with;
    graph_.merge_rules_.emplace_back(key, rule);
  }
}

namespace {

std::vector<KeyId> sorted(std::vector<KeyId> keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

}  // namespace

std::expected<std::shared_ptr<const CompiledGraph>, std::vector<GraphProblem>>
CompiledGraph::compile(const WorkflowBuilder& builder) {
  const auto graph = std::make_shared<CompiledGraph>();
  graph->name_ = builder.name_;
  graph->description_ = builder.description_;
  graph->given_ = sorted(builder.given_);
  graph->may_give_ = sorted(builder.may_give_);
  graph->returns_ = sorted(builder.returns_);
  graph->listed_ = builder.nodes_;

  std::vector<GraphProblem> problems;
  const GraphShape shape = read_structure(graph->listed_, builder.start_, builder.steps_, problems);
  if (!problems.empty()) return std::unexpected(std::move(problems));

  graph->start_name_ = graph->listed_[shape.start].name;
  GraphCompiler compiler(*graph);
  compiler.lay_out(shape);
  compiler.collect_keys(builder.merge_);
  prove_dataflow(*graph, problems, graph->always_written_);
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return graph;
}

MergeRule CompiledGraph::merge_rule(KeyId key) const {
  const auto it = std::lower_bound(
      merge_rules_.begin(), merge_rules_.end(), key,
      [](const std::pair<KeyId, MergeRule>& rule, KeyId wanted) { return rule.first < wanted; });
  if (it == merge_rules_.end() || it->first != key) return key_entry(key).merge_rule;
  return it->second;
}

}  // namespace muai
