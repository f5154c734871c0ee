// Reads the nodes once by name, then looks at the edges alone: depth first for a cycle, forwards
// from the start for what can't be reached, backwards from the end for what never ends.

#include "graph/structure.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <variant>

#include "muai/core/nearest.h"
#include "muai/graph/workflow.h"

namespace muai {
namespace {

constexpr std::size_t kNameBytesMax = 200;

using NameIndex = std::map<std::string, std::uint32_t, std::less<>>;

class StructureReader {
 public:
  StructureReader(std::vector<Node>& nodes, const Registry<Step>* steps,
                  std::vector<GraphProblem>& problems)
      : nodes_(nodes), steps_(steps), problems_(problems) {}

  GraphShape read(const std::string& start);

 private:
  void problem(const Node& node, std::string why, std::vector<std::string> path = {}) {
    std::string message = fmt::format("node '{}': {}", node.name, why);
    problems_.push_back({node.name, {}, std::move(path), std::move(message)});
  }
  void problem(std::string message) { problems_.push_back({{}, {}, {}, std::move(message)}); }

  void read_names();
  void resolve_step(Node& node);
  void check_options(const Node& node);
  void read_exit(const Node& node, std::vector<GraphShape::Edge>& out);
  void read_branch(const Node& node, const Branch& branch, std::vector<GraphShape::Edge>& out);
  void add_edge(const Node& node, const std::string& to, const Condition* when,
                std::vector<GraphShape::Edge>& out);
  void find_cycle(const GraphShape& shape);
  void find_unreachable(const GraphShape& shape);
  void find_endless(const GraphShape& shape);

  std::vector<Node>& nodes_;
  const Registry<Step>* steps_;
  std::vector<GraphProblem>& problems_;
  NameIndex index_;
  std::vector<std::string> known_names_;
};

bool is_node_name(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax) return false;
  return std::none_of(name.begin(), name.end(), [](char c) {
    return c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
}

void StructureReader::read_names() {
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    if (!is_node_name(node.name)) {
      problem(
          fmt::format("node {} has the name '{}'; a name is 1 to {} bytes without '/' and "
                      "control characters",
                      i + 1, node.name, kNameBytesMax));
    } else if (node.name == kEnd) {
      problem(node, "this name stands for the end of the run; choose another");
    } else if (!index_.emplace(node.name, i).second) {
      problem(node, "the name is taken by an earlier node; names are unique in a graph");
    } else {
      known_names_.push_back(node.name);
    }
  }
}

void StructureReader::resolve_step(Node& node) {
  if (node.step) {
    node.step_name = node.step.name();
    return;
  }
  if (node.step_name.empty()) {
    problem(node, "it has no step; give it one, or the name of one");
    return;
  }
  if (!steps_) {
    problem(node, fmt::format("unknown step '{}'; no steps are registered", node.step_name));
    return;
  }
  if (const Step* found = steps_->find(node.step_name)) {
    node.step = *found;
    return;
  }
  const std::vector<std::string> names = steps_->names();
  problem(node, fmt::format("unknown step '{}'; {}", node.step_name,
                            did_you_mean(node.step_name, names)));
}

void StructureReader::check_options(const Node& node) {
  const RetryPolicy& retry = node.options.retry;
  if (node.options.timeout <= Duration::zero()) problem(node, "its timeout must be longer than 0");
  if (retry.retries < 0 || retry.retries > RetryPolicy::kRetriesMax)
    problem(node, fmt::format("retries must be 0 to {}", RetryPolicy::kRetriesMax));
  if (retry.backoff < Duration::zero() || retry.backoff_max < Duration::zero())
    problem(node, "its back-off must not be negative");
  if (!(retry.backoff_factor >= 1.0 && retry.backoff_factor <= 100.0))
    problem(node, "its back-off factor must be 1 to 100");
  if (retry.retries > 0 && node.step && !node.step.is_repeatable()) {
    problem(node, fmt::format("it has retries, but step '{}' is not declared repeatable: running "
                              "it twice may do harm; remove the retries or declare it",
                              node.step.name()));
  }
}

void StructureReader::add_edge(const Node& node, const std::string& to, const Condition* when,
                               std::vector<GraphShape::Edge>& out) {
  if (to == kEnd) {
    out.push_back({static_cast<std::uint32_t>(nodes_.size()), when});
    return;
  }
  if (const auto it = index_.find(to); it != index_.end()) {
    out.push_back({it->second, when});
    return;
  }
  std::vector<std::string> names = known_names_;
  names.emplace_back(kEnd);
  problem(node,
          fmt::format("its edge leads to '{}', which is no node; {}", to, did_you_mean(to, names)));
}

void StructureReader::read_branch(const Node& node, const Branch& branch,
                                  std::vector<GraphShape::Edge>& out) {
  if (branch.arms.empty()) {
    problem(node, "its branch has no arms");
    return;
  }
  for (std::size_t i = 0; i < branch.arms.size(); ++i) {
    const Arm& arm = branch.arms[i];
    const bool is_last = i + 1 == branch.arms.size();
    if (is_last && arm.when)
      problem(node, "its branch has no final else; without one a run could be stuck here");
    if (!is_last && !arm.when)
      problem(node, fmt::format("arm {} of its branch has no condition, so later arms can't be "
                                "reached; only the last is the else",
                                i + 1));
    add_edge(node, arm.to, arm.when ? &*arm.when : nullptr, out);
  }
}

void StructureReader::read_exit(const Node& node, std::vector<GraphShape::Edge>& out) {
  if (const Next* next = std::get_if<Next>(&node.exit)) {
    add_edge(node, next->to, nullptr, out);
  } else if (const Branch* branch = std::get_if<Branch>(&node.exit)) {
    read_branch(node, *branch, out);
  } else {
    const std::vector<std::string>& targets = std::get<Parallel>(node.exit).to;
    if (targets.size() < 2) problem(node, "parallel needs two nodes or more; use next for one");
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (std::find(targets.begin(), targets.begin() + static_cast<std::ptrdiff_t>(i),
                    targets[i]) != targets.begin() + static_cast<std::ptrdiff_t>(i))
        problem(node, fmt::format("parallel names '{}' twice", targets[i]));
      add_edge(node, targets[i], nullptr, out);
    }
  }
}

// Depth first with the path in hand, so that the cycle can be shown. One cycle is enough to say.
void StructureReader::find_cycle(const GraphShape& shape) {
  enum class Seen : std::uint8_t { No, OnPath, Done };
  std::vector<Seen> seen(nodes_.size() + 1, Seen::No);
  seen.back() = Seen::Done;
  struct Visit {
    std::uint32_t node;
    std::size_t edge;
  };
  for (std::uint32_t root = 0; root < nodes_.size(); ++root) {
    if (seen[root] != Seen::No) continue;
    std::vector<Visit> path{{root, 0}};
    seen[root] = Seen::OnPath;
    while (!path.empty()) {
      Visit& top = path.back();
      if (top.edge == shape.out[top.node].size()) {
        seen[top.node] = Seen::Done;
        path.pop_back();
        continue;
      }
      const std::uint32_t to = shape.out[top.node][top.edge++].to;
      if (seen[to] == Seen::No) {
        seen[to] = Seen::OnPath;
        path.push_back({to, 0});
      } else if (seen[to] == Seen::OnPath) {
        std::vector<std::string> names;
        for (const Visit& visit : path)
          if (!names.empty() || visit.node == to) names.push_back(nodes_[visit.node].name);
        names.push_back(nodes_[to].name);
        const std::string text = path_text(names);
        problem(nodes_[to], "it lies on a cycle, which would run for ever: " + text,
                std::move(names));
        return;
      }
    }
  }
}

void StructureReader::find_unreachable(const GraphShape& shape) {
  std::vector<bool> reached(nodes_.size() + 1, false);
  std::vector<std::uint32_t> open{shape.start};
  reached[shape.start] = true;
  while (!open.empty()) {
    const std::uint32_t at = open.back();
    open.pop_back();
    if (at == nodes_.size()) continue;
    for (const GraphShape::Edge& edge : shape.out[at]) {
      if (!reached[edge.to]) open.push_back(edge.to);
      reached[edge.to] = true;
    }
  }
  for (std::uint32_t i = 0; i < nodes_.size(); ++i)
    if (!reached[i])
      problem(nodes_[i],
              fmt::format("no way leads to it from the start '{}'", nodes_[shape.start].name));
}

void StructureReader::find_endless(const GraphShape& shape) {
  std::vector<std::vector<std::uint32_t>> into(nodes_.size() + 1);
  for (std::uint32_t i = 0; i < nodes_.size(); ++i)
    for (const GraphShape::Edge& edge : shape.out[i]) into[edge.to].push_back(i);
  std::vector<bool> ends(nodes_.size() + 1, false);
  std::vector<std::uint32_t> open{static_cast<std::uint32_t>(nodes_.size())};
  ends.back() = true;
  while (!open.empty()) {
    const std::uint32_t at = open.back();
    open.pop_back();
    for (const std::uint32_t from : into[at]) {
      if (!ends[from]) open.push_back(from);
      ends[from] = true;
    }
  }
  for (std::uint32_t i = 0; i < nodes_.size(); ++i)
    if (!ends[i]) problem(nodes_[i], "no way leads from it to the end");
}

GraphShape StructureReader::read(const std::string& start) {
  GraphShape shape;
  if (nodes_.empty()) {
    problem("the graph has no nodes");
    return shape;
  }
  if (nodes_.size() > kGraphNodesMax) {
    problem(fmt::format("the graph has {} nodes; at most {} are allowed", nodes_.size(),
                        kGraphNodesMax));
    return shape;
  }
  read_names();
  const std::string& start_name = start.empty() ? nodes_.front().name : start;
  const auto it = index_.find(start_name);
  const bool has_start = it != index_.end();
  if (has_start) {
    shape.start = it->second;
  } else {
    problem(fmt::format("the start '{}' is no node; {}", start_name,
                        did_you_mean(start_name, known_names_)));
  }
  shape.out.resize(nodes_.size());
  std::size_t edges = 0;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    resolve_step(nodes_[i]);
    check_options(nodes_[i]);
    read_exit(nodes_[i], shape.out[i]);
    edges += shape.out[i].size();
  }
  if (edges > kGraphEdgesMax)
    problem(fmt::format("the graph has {} edges; at most {} are allowed", edges, kGraphEdgesMax));
  find_cycle(shape);
  if (has_start) find_unreachable(shape);
  find_endless(shape);
  return shape;
}

}  // namespace

GraphShape read_structure(std::vector<Node>& nodes, const std::string& start,
                          const Registry<Step>* steps, std::vector<GraphProblem>& problems) {
  return StructureReader(nodes, steps, problems).read(start);
}

std::string path_text(const std::vector<std::string>& path) {
  std::string text;
  for (const std::string& name : path) {
    if (!text.empty()) text += " -> ";
    text += name;
  }
  return text;
}

}  // namespace muai
