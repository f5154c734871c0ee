#pragma once

// Random workflow graphs and a reference interpreter that shares no code with the executor.
//
// A PlannedGraph is made of chains, branches and parallels, nested; inner forks may end in the
// join of an outer one, so branches also cross. What a run must give is told by history alone:
// which nodes fired before a node decides what it sees.

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "muai/graph/workflow.h"

namespace muai {

using Words = std::vector<std::string>;

// Every node appends its name here, ...
inline constexpr Key<Words> log_key{"sim_log", MergeRule::Append};
// ... sets this to its name, ...
inline constexpr Key<std::string> last_key{"sim_last", MergeRule::Last};
// ... and branches ask for the number that the caller gave for them.
inline constexpr Key<std::vector<std::int64_t>> choices_key{"sim_choices"};

constexpr std::size_t kPlannedNodesMax = 40;

// A key of a node's own, by the node's number; the same in all graphs.
inline const Key<std::string>& own_key(std::size_t node) {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> made;
    for (std::size_t i = 0; i < 400; ++i) made.push_back("sim_own_" + std::to_string(i));
    return made;
  }();
  static const std::vector<std::unique_ptr<Key<std::string>>> keys = [] {
    std::vector<std::unique_ptr<Key<std::string>>> made;
    for (const std::string& name : names) made.push_back(std::make_unique<Key<std::string>>(name));
    return made;
  }();
  return *keys.at(node);
}

struct PlannedNode {
  enum class Way { Next, Branch, Parallel };
  Way way = Way::Next;
  std::vector<std::size_t> to;  // numbers of nodes; the end is kPlannedEnd
  std::size_t choice = 0;       // Branch: index into the caller's choices; arm = its value
};

constexpr std::size_t kPlannedEnd = static_cast<std::size_t>(-1);

struct PlannedGraph {
  std::vector<PlannedNode> nodes;  // in the order of their making, the start last
  std::size_t start = 0;
  std::size_t choice_count = 0;
  std::vector<std::size_t> arms;  // of each choice
};

inline std::string planned_name(std::size_t node) { return "n" + std::to_string(node); }

class GraphPlanner {
 public:
  explicit GraphPlanner(std::uint64_t seed) : random_(seed) {}

  PlannedGraph plan() {
    graph_.start = block(3, kPlannedEnd);
    return std::move(graph_);
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::size_t add(PlannedNode node) {
    graph_.nodes.push_back(std::move(node));
    return graph_.nodes.size() - 1;
  }

  std::size_t plain(std::size_t next) { return add({PlannedNode::Way::Next, {next}, 0}); }

  // A piece of graph that leads to `next`; gives its first node.
  std::size_t block(int depth, std::size_t next) {
    if (depth == 0 || graph_.nodes.size() > kPlannedNodesMax) return plain(next);
    switch (below(4)) {
      case 0: return plain(block(depth - 1, next));
      case 1: return block(depth - 1, block(depth - 1, next));
      case 2: return fork(depth, PlannedNode::Way::Branch, next);
      default: return fork(depth, PlannedNode::Way::Parallel, next);
    }
  }

  std::size_t fork(int depth, PlannedNode::Way way, std::size_t next) {
    // Half of the forks have a join of their own; the others end in what follows, with the others.
    const std::size_t join = below(2) == 0 ? plain(next) : next;
    PlannedNode node{way, {}, 0};
    const std::size_t count = 2 + below(3);
    for (std::size_t i = 0; i < count; ++i) {
      const bool is_direct = i > 0 && below(6) == 0 &&
                             std::find(node.to.begin(), node.to.end(), join) == node.to.end();
      node.to.push_back(is_direct ? join : block(depth - 1, join));
    }
    // Sometimes an edge into the middle of an earlier branch: a true crossing.
    if (below(4) == 0 && node.to.front() != kPlannedEnd) {
      const PlannedNode& first = graph_.nodes[node.to.front()];
      const std::size_t inner = first.to.front();
      if (std::find(node.to.begin(), node.to.end(), inner) == node.to.end())
        node.to.push_back(inner);
    }
    if (way == PlannedNode::Way::Branch) {
      node.choice = graph_.choice_count++;
      graph_.arms.push_back(node.to.size());
    }
    return add(std::move(node));
  }

  std::mt19937_64 random_;
  PlannedGraph graph_;
};

inline PlannedGraph plan_graph(std::uint64_t seed) { return GraphPlanner(seed).plan(); }

// The workflow of a plan. `body(n)` makes the step of node n; `options(n)` its options.
template <class MakeStep, class MakeOptions>
WorkflowBuilder build_planned(const PlannedGraph& plan, MakeStep make_step,
                              MakeOptions make_options) {
  WorkflowBuilder builder = Workflow::make("planned");
  builder.given(log_key, choices_key).start_at(planned_name(plan.start));
  const auto name_of = [](std::size_t to) {
    return to == kPlannedEnd ? std::string(kEnd) : planned_name(to);
  };
  for (std::size_t n = 0; n < plan.nodes.size(); ++n) {
    const PlannedNode& node = plan.nodes[n];
    Exit exit = next(name_of(node.to.front()));
    if (node.way == PlannedNode::Way::Parallel) {
      Parallel all;
      for (const std::size_t to : node.to) all.to.push_back(name_of(to));
      exit = all;
    } else if (node.way == PlannedNode::Way::Branch) {
      Branch arms;
      for (std::size_t arm = 0; arm + 1 < node.to.size(); ++arm)
        arms.arms.push_back(when(equals(choices_key, arm, "/" + std::to_string(node.choice)),
                                 name_of(node.to[arm])));
      arms.arms.push_back(otherwise(name_of(node.to.back())));
      exit = arms;
    }
    builder.node(planned_name(n), make_step(n), exit, make_options(n));
  }
  return builder;
}

// What must come out: decided by walking the plan, one node at a time, in an order where earlier
// branches come first.
struct Expected {
  std::vector<std::size_t> order;                        // of all nodes, fired or not
  std::map<std::size_t, std::set<std::size_t>> history;  // fired node -> all that came before it
  Words log;                                             // at the end
  std::string last;
};

class Reference {
 public:
  Reference(const PlannedGraph& plan, const std::vector<std::int64_t>& choices)
      : plan_(plan), choices_(choices) {}

  Expected work_out() {
    visit(plan_.start);
    std::reverse(postorder_.begin(), postorder_.end());
    expected_.order = postorder_;
    std::map<std::size_t, std::set<std::size_t>> arriving;
    arriving[plan_.start];
    for (const std::size_t node : postorder_) {
      if (!arriving.contains(node)) continue;  // dead
      expected_.history[node] = arriving[node];
      for (const std::size_t to : taken(node)) {
        arriving[to].insert(arriving[node].begin(), arriving[node].end());
        arriving[to].insert(node);
      }
    }
    for (const std::size_t node : postorder_)
      if (arriving[kPlannedEnd].contains(node)) expected_.log.push_back(planned_name(node));
    if (!expected_.log.empty()) expected_.last = expected_.log.back();
    return std::move(expected_);
  }

 private:
  void visit(std::size_t node) {
    if (node == kPlannedEnd || !seen_.insert(node).second) return;
    const std::vector<std::size_t>& to = plan_.nodes[node].to;
    for (auto it = to.rbegin(); it != to.rend(); ++it) visit(*it);
    postorder_.push_back(node);
  }

  std::vector<std::size_t> taken(std::size_t node) const {
    const PlannedNode& planned = plan_.nodes[node];
    if (planned.way != PlannedNode::Way::Branch) return planned.to;
    const auto arm = static_cast<std::size_t>(choices_.at(planned.choice));
    return {planned.to[std::min(arm, planned.to.size() - 1)]};
  }

  const PlannedGraph& plan_;
  const std::vector<std::int64_t>& choices_;
  std::set<std::size_t> seen_;
  std::vector<std::size_t> postorder_;
  Expected expected_;
};

inline Expected work_out(const PlannedGraph& plan, const std::vector<std::int64_t>& choices) {
  return Reference(plan, choices).work_out();
}

// A choice for each branch.
inline std::vector<std::int64_t> draw_choices(const PlannedGraph& plan, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::int64_t> choices;
  for (const std::size_t arms : plan.arms)
    choices.push_back(static_cast<std::int64_t>(random() % arms));
  return choices;
}

inline State planned_input(const std::vector<std::int64_t>& choices) {
  return State().with(log_key, {}).with(choices_key, choices);
}

// What node n does to its state: logs itself, and keeps in its own key what it saw.
inline State planned_work(std::size_t node, const State& in) {
  Words log = in[log_key];
  std::string saw;
  for (const std::string& word : log) saw += word + " ";
  log.push_back(planned_name(node));
  return in.with(log_key, std::move(log))
      .with(last_key, planned_name(node))
      .with(own_key(node), std::move(saw));
}

// Empty when `state` is what the plan must give; else what differs.
inline std::string difference(const Expected& expected, const State& state) {
  std::string text;
  const auto differs = [&](const std::string& what, const std::string& wanted,
                           const std::string& found) {
    if (wanted != found) text += what + ": wanted [" + wanted + "], found [" + found + "]\n";
  };
  const auto joined = [](const Words& list) {
    std::string all;
    for (const std::string& word : list) all += word + " ";
    return all;
  };
  differs("log", joined(expected.log), joined(state[log_key]));
  const std::string* last = state.find(last_key);
  differs("last", expected.last, last ? *last : "");
  for (const std::size_t node : expected.order) {
    const std::string* found = state.find(own_key(node));
    const auto fired = expected.history.find(node);
    if (fired == expected.history.end()) {
      if (found) text += planned_name(node) + " left a mark though it was dead\n";
      continue;
    }
    std::string saw;
    for (const std::size_t earlier : expected.order)
      if (fired->second.contains(earlier)) saw += planned_name(earlier) + " ";
    differs(planned_name(node), saw, found ? *found : "(nothing)");
  }
  return text;
}

}  // namespace muai
