// Joins: from the outputs of the nodes before it to the input of a node.
//
// Every branch that arrives grew from the output of the node's dominator, the fork. In a graph of
// nested forks each branch brings what it changed since then. Where branches cross, one write can
// arrive over several edges, beside newer ones; there the run keeps, per node, who wrote each key
// last, and a write counts only when no later one arrives.

#include <algorithm>

#include "exec/run.h"

namespace muai {
namespace {

using Index = CompiledGraph::Index;
using Writers = std::vector<std::pair<KeyId, Index>>;

// The position of a key in a sorted list, or where it belongs.
template <class List>
auto seek(List& list, KeyId key) {
  return std::lower_bound(list.begin(), list.end(), key,
                          [](const auto& entry, KeyId wanted) { return entry.first < wanted; });
}

void set_writer(Writers& writers, KeyId key, Index node) {
  const auto it = seek(writers, key);
  if (it != writers.end() && it->first == key)
    it->second = node;
  else
    writers.insert(it, {key, node});
}

bool has_writer(const Writers& writers, KeyId key, Index node) {
  const auto it = seek(writers, key);
  return it != writers.end() && it->first == key && it->second == node;
}

// A value of one key that arrives at a join.
struct Arrival {
  KeyId key;
  Index writer;
  ValuePtr value;
};

}  // namespace

Result<State> Run::take_input(Index node) {
  if (node == 0) return std::move(given_);
  const CompiledNode& compiled = graph_.nodes()[node];
  if (slots_[node].taken > 1) {
    Result<State> joined = graph_.has_crossing_branches() ? join_crossing(node) : join_nested(node);
    look_at_inputs(node);
    return joined;
  }
  const Index from = graph_.edges()[slots_[node].last_taken].from;
  if (graph_.has_crossing_branches()) lineage_in_[node] = lineage_out_[from];
  if (compiled.in_count > 1) release_use(compiled.dominator);
  Slot& source = slots_[from];
  if (--source.uses_left == 0) return std::move(source.out);
  return source.out;
}

void Run::look_at_inputs(Index node) {
  const CompiledNode& compiled = graph_.nodes()[node];
  for (const Index edge : graph_.into(compiled))
    if (edge_taken_[edge]) release_use(graph_.edges()[edge].from);
  release_use(compiled.dominator);
}

Result<State> Run::join_nested(Index node) {
  const CompiledNode& compiled = graph_.nodes()[node];
  const State& fork = slots_[compiled.dominator].out;
  State joined = fork;
  Result<void> status;
  for (const Index edge : graph_.into(compiled)) {
    if (!edge_taken_[edge]) continue;
    const State& branch = slots_[graph_.edges()[edge].from].out;
    State::diff(fork, branch, [&](KeyId key, const ValuePtr& before, const ValuePtr& after) {
      if (!status || !after) return;
      const Value* so_far = joined.find_value(key);
      if (so_far == before.get()) {
        joined = std::move(joined).with_value(key, after);
        return;
      }
      Result<ValuePtr> merged =
          merge_values(key, graph_.merge_rule(key), before.get(), *so_far, *after);
      if (merged)
        joined = std::move(joined).with_value(key, *std::move(merged));
      else
        status = pass(std::move(merged));
    });
  }
  if (!status) return pass(std::move(status));
  return joined;
}

Result<State> Run::join_crossing(Index node) {
  const CompiledNode& compiled = graph_.nodes()[node];
  const State& fork = slots_[compiled.dominator].out;
  const Lineage& at_fork = lineage_out_[compiled.dominator];
  // What arrives, each write once, in edge order.
  std::vector<Arrival> arrivals;
  for (const Index edge : graph_.into(compiled)) {
    if (!edge_taken_[edge]) continue;
    const Index from = graph_.edges()[edge].from;
    for (const auto& [key, writer] : lineage_out_[from]) {
      if (has_writer(at_fork, key, writer)) continue;
      const auto same = [&](const Arrival& known) {
        return known.key == key && known.writer == writer;
      };
      if (std::none_of(arrivals.begin(), arrivals.end(), same))
        arrivals.push_back({key, writer, slots_[from].out.value_of(key)});
    }
  }
  const auto is_outdated = [&](const Arrival& old) {
    return std::any_of(arrivals.begin(), arrivals.end(), [&](const Arrival& other) {
      return other.key == old.key && graph_.reaches(old.writer, other.writer);
    });
  };
  State joined = fork;
  Lineage lineage = at_fork;
  std::vector<KeyId> joined_keys;
  for (const Arrival& arrival : arrivals) {
    if (is_outdated(arrival)) continue;
    const bool is_first =
        std::find(joined_keys.begin(), joined_keys.end(), arrival.key) == joined_keys.end();
    if (is_first) {
      joined_keys.push_back(arrival.key);
      joined = std::move(joined).with_value(arrival.key, arrival.value);
      set_writer(lineage, arrival.key, arrival.writer);
      continue;
    }
    MUAI_TRY(ValuePtr merged,
             merge_values(arrival.key, graph_.merge_rule(arrival.key), fork.find_value(arrival.key),
                          *joined.find_value(arrival.key), *arrival.value));
    joined = std::move(joined).with_value(arrival.key, std::move(merged));
    set_writer(lineage, arrival.key, node);
  }
  lineage_in_[node] = std::move(lineage);
  return joined;
}

void Run::note_lineage(Index node, const State& in, const State& out) {
  Lineage lineage = std::move(lineage_in_[node]);
  State::diff(in, out,
              [&](KeyId key, const ValuePtr&, const ValuePtr&) { set_writer(lineage, key, node); });
  lineage_out_[node] = std::move(lineage);
}

}  // namespace muai
