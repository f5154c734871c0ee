// Joins: from the outputs of the nodes before it to the input of a node.
//
// Every branch that arrives grew from the output of the node's dominator, the fork. In a graph of
// nested forks each branch brings what it changed since then, in edge order. Where branches cross,
// or inner forks end in the outer join, one write can arrive over several edges; there the run
// keeps what every node wrote and which writes each output holds, and a join applies each write
// once, in index order. On nested forks both ways give the same.

#include "exec/run.h"

namespace muai {

Result<State> Run::take_input(Index node) {
  if (node == 0) return std::move(given_);
  const CompiledNode& compiled = graph_.nodes()[node];
  if (slots_[node].taken > 1) {
    const bool is_crossing = graph_.has_crossing_branches();
    if (is_crossing) {
      for (const Index edge : graph_.into(compiled))
        if (edge_taken_[edge]) add_history(node, graph_.edges()[edge].from);
    }
    Result<State> joined = is_crossing ? join_crossing(node) : join_nested(node);
    look_at_inputs(node);
    return joined;
  }
  const Index from = graph_.edges()[slots_[node].last_taken].from;
  if (graph_.has_crossing_branches()) add_history(node, from);
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
      if (status && after) status = bring(joined, key, before, after);
    });
  }
  if (!status) return pass(std::move(status));
  return joined;
}

Result<State> Run::join_crossing(Index node) {
  const Index fork = graph_.nodes()[node].dominator;
  State joined = slots_[fork].out;
  for (Index writer = fork + 1; writer < node; ++writer) {
    if (!holds_writes_of(node, writer) || holds_writes_of(fork, writer)) continue;
    for (const Write& write : writes_[writer])
      MUAI_TRY_VOID(bring(joined, write.key, write.before, write.after));
  }
  return joined;
}

// Changes `joined` as a branch did that grew from `before`.
Result<void> Run::bring(State& joined, KeyId key, const ValuePtr& before,
                        const ValuePtr& after) const {
  const Value* so_far = joined.find_value(key);
  if (so_far == before.get()) {
    joined = std::move(joined).with_value(key, after);
    return {};
  }
  // Nothing is ever dropped: where a branch grew from nothing and there is a value now, another
  // branch wrote it.
  MUAI_TRY(ValuePtr merged,
           merge_values(key, graph_.merge_rule(key), before.get(), *so_far, *after));
  joined = std::move(joined).with_value(key, std::move(merged));
  return {};
}

bool Run::holds_writes_of(Index node, Index writer) const {
  return (history_[node * history_words_ + writer / 64] >> (writer % 64)) & 1;
}

void Run::add_history(Index node, Index from) {
  for (std::size_t w = 0; w < history_words_; ++w)
    history_[node * history_words_ + w] |= history_[from * history_words_ + w];
}

void Run::note_writes(Index node, const State& in, const State& out) {
  history_[node * history_words_ + node / 64] |= std::uint64_t{1} << (node % 64);
  State::diff(in, out, [&](KeyId key, const ValuePtr& before, const ValuePtr& after) {
    writes_[node].push_back({key, before, after});
  });
}

}  // namespace muai
