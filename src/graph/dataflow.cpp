// The dataflow proof.
//
// For every node, fires(n) is the set of runs in which it runs. For every node and key, has(n, k)
// is the set of runs in which n runs and finds k: some edge into n is taken, and k was present at
// its source or the edge's condition proves it. Both follow the one join rule of graph.h along the
// topological order. An input is proved when fires(n) without has(n, k) is empty; otherwise a
// member of that set is a run that would fail, and gives the path for the message.

#include "graph/dataflow.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "graph/choices.h"
#include "graph/structure.h"
#include "muai/core/nearest.h"

namespace muai {
namespace {

using Index = CompiledGraph::Index;
using Set = ChoiceSets::Set;

bool contains(std::span<const KeyId> sorted, KeyId key) {
  return std::binary_search(sorted.begin(), sorted.end(), key);
}

std::vector<std::uint32_t> arms_of_branches(const CompiledGraph& graph) {
  std::vector<std::uint32_t> arms;
  for (const CompiledGraph::CompiledNode& node : graph.nodes())
    if (node.exit == CompiledGraph::ExitKind::Branch) arms.push_back(node.out_count);
  return arms;
}

class DataflowProof {
 public:
  DataflowProof(const CompiledGraph& graph, std::vector<GraphProblem>& problems)
      : graph_(graph), problems_(problems), sets_(arms_of_branches(graph)) {
    number_branches();
    find_firing();
    find_provided();
    find_shape();
  }

  void check_inputs();
  void check_conditions();
  void check_writers();
  std::vector<KeyId> always_written();
  bool is_overfull() const { return sets_.is_overfull(); }

 private:
  void number_branches();
  void find_firing();
  void find_provided();
  Set taken(Index edge);
  std::vector<Set> presence(KeyId key, Set at_start);
  void missing_input(Index node, KeyId key, Set runs);
  void find_shape();
  bool is_always_before(Index a, Index b) const;
  std::vector<Set> followers(Index first);
  void check_writers_of(KeyId key, const std::vector<Index>& writers);
  std::vector<std::string> path_to(Index node, const std::vector<std::uint32_t>& choices) const;
  std::string_view name_of(Index node) const {
    return graph_.nodes()[node].node ? std::string_view(graph_.nodes()[node].node->name) : kEnd;
  }

  const CompiledGraph& graph_;
  std::vector<GraphProblem>& problems_;
  ChoiceSets sets_;
  std::vector<std::uint32_t> branch_number_;  // per node
  std::vector<Index> follower_;               // per node: the nearest that every way onwards passes
  std::vector<std::vector<bool>> dominators_;  // per node: those that every way to it passes
  std::vector<Set> fires_;                     // per node
  std::vector<std::vector<KeyId>> provided_;   // per edge, by its condition; sorted
};

void DataflowProof::number_branches() {
  std::uint32_t next = 0;
  for (const CompiledGraph::CompiledNode& node : graph_.nodes()) {
    branch_number_.push_back(next);
    if (node.exit == CompiledGraph::ExitKind::Branch) ++next;
  }
}

Set DataflowProof::taken(Index edge) {
  const CompiledGraph::CompiledEdge& e = graph_.edges()[edge];
  const CompiledGraph::CompiledNode& from = graph_.nodes()[e.from];
  if (from.exit != CompiledGraph::ExitKind::Branch) return fires_[e.from];
  return sets_.both(fires_[e.from], sets_.chose(branch_number_[e.from], edge - from.first_out));
}

void DataflowProof::find_firing() {
  fires_.assign(graph_.nodes().size(), ChoiceSets::kNone);
  fires_[0] = ChoiceSets::kAll;
  for (Index n = 1; n < fires_.size(); ++n)
    for (const Index edge : graph_.into(graph_.nodes()[n]))
      fires_[n] = sets_.either(fires_[n], taken(edge));
}

// An arm is taken when its own condition held and those before it did not.
void DataflowProof::find_provided() {
  provided_.resize(graph_.edges().size());
  for (const CompiledGraph::CompiledNode& node : graph_.nodes()) {
    std::set<KeyId> by_earlier;
    for (Index arm = 0; arm < node.out_count; ++arm) {
      const Index edge = node.first_out + arm;
      std::set<KeyId> here = by_earlier;
      if (const Condition* when = graph_.edges()[edge].when) {
        for (const KeyId key : when->provides_when_true()) here.insert(key);
        for (const KeyId key : when->provides_when_false()) by_earlier.insert(key);
      }
      provided_[edge].assign(here.begin(), here.end());
    }
  }
}

// has(n, key) for all nodes; `at_start` says in which runs the caller sets it.
std::vector<Set> DataflowProof::presence(KeyId key, Set at_start) {
  const auto nodes = graph_.nodes();
  std::vector<Set> in(nodes.size(), ChoiceSets::kNone);
  in[0] = at_start;
  for (Index n = 1; n < nodes.size(); ++n) {
    for (const Index edge : graph_.into(nodes[n])) {
      const Index from = graph_.edges()[edge].from;
      Set with_key = taken(edge);
      if (!contains(nodes[from].writes, key) && !contains(provided_[edge], key))
        with_key = sets_.both(with_key, in[from]);
      in[n] = sets_.either(in[n], with_key);
    }
  }
  return in;
}

std::vector<std::string> DataflowProof::path_to(Index node,
                                                const std::vector<std::uint32_t>& choices) const {
  const auto nodes = graph_.nodes();
  // The edges that this run takes, then a way back along them.
  std::vector<bool> fired(nodes.size(), false);
  std::vector<Index> came_by(nodes.size(), CompiledGraph::kNoNode);
  fired[0] = true;
  for (Index n = 0; n < nodes.size(); ++n) {
    if (!fired[n]) continue;
    for (Index arm = 0; arm < nodes[n].out_count; ++arm) {
      const bool is_branch = nodes[n].exit == CompiledGraph::ExitKind::Branch;
      if (is_branch && choices[branch_number_[n]] != arm) continue;
      const Index to = graph_.edges()[nodes[n].first_out + arm].to;
      fired[to] = true;
      if (came_by[to] == CompiledGraph::kNoNode) came_by[to] = n;
    }
  }
  std::vector<std::string> path{std::string(name_of(node))};
  for (Index n = node; n != 0; n = came_by[n]) path.emplace_back(name_of(came_by[n]));
  std::reverse(path.begin(), path.end());
  return path;
}

void DataflowProof::missing_input(Index node, KeyId key, Set runs) {
  std::vector<std::string> path = path_to(node, sets_.example(runs));
  const std::string_view key_text = key_name(key);
  std::string message;
  if (graph_.nodes()[node].node) {
    message = fmt::format(
        "node '{}': its step reads '{}', which is not available on the way {}; "
        "let an earlier step on it write '{}', or declare it as given",
        name_of(node), key_text, path_text(path), key_text);
  } else {
    message = fmt::format("the workflow returns '{}', which is not set on the way {}", key_text,
                          path_text(path));
  }
  problems_.push_back(
      {std::string(name_of(node)), std::string(key_text), std::move(path), std::move(message)});
}

void DataflowProof::check_inputs() {
  const auto nodes = graph_.nodes();
  std::set<KeyId> read;
  for (const CompiledGraph::CompiledNode& node : nodes)
    read.insert(node.reads.begin(), node.reads.end());
  for (const KeyId key : read) {
    const std::vector<Set> has =
        presence(key, contains(graph_.given(), key) ? ChoiceSets::kAll : ChoiceSets::kNone);
    for (Index n = 0; n < nodes.size(); ++n) {
      if (!contains(nodes[n].reads, key)) continue;
      const Set without = sets_.without(fires_[n], has[n]);
      if (without != ChoiceSets::kNone) missing_input(n, key, without);
    }
  }
}

void DataflowProof::check_conditions() {
  for (const CompiledGraph::CompiledEdge& edge : graph_.edges()) {
    if (!edge.when) continue;
    for (const KeyId key : edge.when->keys()) {
      if (contains(graph_.given(), key) || contains(graph_.may_give(), key) ||
          contains(graph_.writable(), key))
        continue;
      std::vector<std::string> known;
      for (const auto& keys : {graph_.given(), graph_.may_give(), graph_.writable()})
        for (const KeyId k : keys) known.emplace_back(key_name(k));
      std::string message = fmt::format(
          "node '{}': the condition '{}' looks at '{}', which no step writes and no caller gives; "
          "{}",
          name_of(edge.from), edge.when->text(), key_name(key), did_you_mean(key_name(key), known));
      problems_.push_back(
          {std::string(name_of(edge.from)), std::string(key_name(key)), {}, std::move(message)});
    }
  }
}

// Every way from a node to the end passes its follower; nearest first along the list.
void DataflowProof::find_shape() {
  const auto nodes = graph_.nodes();
  const Index count = static_cast<Index>(nodes.size());
  follower_.assign(count, CompiledGraph::kNoNode);
  for (Index n = count - 1; n-- > 0;) {
    for (const CompiledGraph::CompiledEdge& edge : graph_.out_of(nodes[n])) {
      Index a = follower_[n] == CompiledGraph::kNoNode ? edge.to : follower_[n];
      Index b = edge.to;
      while (a != b) {
        Index& nearer = a < b ? a : b;
        nearer = follower_[nearer];
      }
      follower_[n] = a;
    }
  }
  dominators_.assign(count, std::vector<bool>(count, false));
  for (Index n = 0; n < count; ++n) {
    if (n > 0) dominators_[n] = dominators_[nodes[n].dominator];
    dominators_[n][n] = true;
  }
}

// True when the shape alone shows that whenever both run, `b` comes after `a`: every way to b
// passes a, or a node that every way from a passes.
bool DataflowProof::is_always_before(Index a, Index b) const {
  for (Index n = a; n != CompiledGraph::kNoNode && n <= b; n = follower_[n])
    if (dominators_[b][n]) return true;
  return false;
}

// Per node, the runs in which it comes after `first`, along edges that are taken.
std::vector<Set> DataflowProof::followers(Index first) {
  std::vector<Set> after(graph_.nodes().size(), ChoiceSets::kNone);
  after[first] = fires_[first];
  for (Index n = first + 1; n < after.size(); ++n) {
    for (const Index edge : graph_.into(graph_.nodes()[n])) {
      const Set arrived = after[graph_.edges()[edge].from];
      if (arrived != ChoiceSets::kNone)
        after[n] = sets_.either(after[n], sets_.both(taken(edge), arrived));
    }
  }
  return after;
}

void DataflowProof::check_writers_of(KeyId key, const std::vector<Index>& writers) {
  for (std::size_t i = 0; i < writers.size(); ++i) {
    const Index a = writers[i];
    std::vector<Set> after_a;  // found when the shape alone does not tell
    for (std::size_t j = i + 1; j < writers.size(); ++j) {
      const Index b = writers[j];
      // Index order is topological: b never comes before a.
      if (is_always_before(a, b)) continue;
      if (after_a.empty()) after_a = followers(a);
      const Set together = sets_.without(sets_.both(fires_[a], fires_[b]), after_a[b]);
      if (together == ChoiceSets::kNone) continue;
      std::vector<std::string> path = path_to(b, sets_.example(together));
      std::string message = fmt::format(
          "node '{}': it writes '{}' in parallel with node '{}' (on the way {}); give the key a "
          "merge rule (append, union, last, members), or let only one of them write it",
          name_of(b), key_name(key), name_of(a), path_text(path));
      problems_.push_back(
          {std::string(name_of(b)), std::string(key_name(key)), std::move(path), message});
      return;  // one pair says what to change
    }
  }
}

void DataflowProof::check_writers() {
  for (const KeyId key : graph_.writable()) {
    if (graph_.merge_rule(key) != MergeRule::Error) continue;
    std::vector<Index> writers;
    for (Index n = 0; n < graph_.nodes().size(); ++n)
      if (contains(graph_.nodes()[n].writable, key)) writers.push_back(n);
    check_writers_of(key, writers);
  }
}

std::vector<KeyId> DataflowProof::always_written() {
  std::vector<KeyId> always;
  const Index end = graph_.end_index();
  // What a condition proves is present, not written.
  for (std::vector<KeyId>& provided : provided_) provided.clear();
  for (const KeyId key : graph_.writable())
    if (presence(key, ChoiceSets::kNone)[end] == fires_[end]) always.push_back(key);
  return always;
}

}  // namespace

void prove_dataflow(const CompiledGraph& graph, std::vector<GraphProblem>& problems,
                    std::vector<KeyId>& always_written) {
  std::vector<GraphProblem> found;
  DataflowProof proof(graph, found);
  proof.check_inputs();
  proof.check_conditions();
  proof.check_writers();
  always_written = proof.always_written();
  if (proof.is_overfull()) {
    found.clear();
    found.push_back({{},
                     {},
                     {},
                     "the graph has too many combinations of branches to prove what is available "
                     "where; split it into sub-workflows"});
  }
  problems.insert(problems.end(), found.begin(), found.end());
}

}  // namespace muai
