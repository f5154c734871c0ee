#pragma once

// Graph: which step follows which. Plain values, as a program or a file describes them; the
// validated, runnable form is Workflow (muai/graph/workflow.h).
//
// A node has exactly one kind of way out:
//
//   next      one node follows
//   branch    conditions in order and a final else; exactly one arm is taken
//   parallel  all of the named nodes follow
//
// During a run every edge becomes taken or dead. A node runs when all edges into it are decided
// and at least one is taken; it is dead when all are dead. There is no other join rule. The run
// is over when `end`, which is no node of the list, is reached by that same rule.

#include <boost/json/fwd.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "muai/async/loop.h"
#include "muai/graph/condition.h"
#include "muai/graph/step.h"

namespace muai {

// The name of the place where a run is over. No node may take it.
inline constexpr std::string_view kEnd = "end";

// One arm of a branch. The last arm, and only it, has no condition.
struct Arm {
  std::optional<Condition> when;
  std::string to;
};

// The way out of a node.
struct Next {
  std::string to;
};
struct Branch {
  std::vector<Arm> arms;
};
struct Parallel {
  std::vector<std::string> to;  // two or more different nodes
};
using Exit = std::variant<Next, Branch, Parallel>;

inline Next next(std::string_view to) { return {std::string(to)}; }
inline Next end() { return next(kEnd); }
inline Arm when(Condition condition, std::string_view to) {
  return {std::move(condition), std::string(to)};
}
inline Arm otherwise(std::string_view to) { return {std::nullopt, std::string(to)}; }
inline Branch branch(std::vector<Arm> arms) { return {std::move(arms)}; }
inline Parallel parallel(std::vector<std::string> to) { return {std::move(to)}; }

// How often and how fast a failed attempt is repeated. The n-th wait is
// backoff * backoff_factor^(n-1), at most backoff_max, of which a random half to whole is waited;
// longer when the peer asked for it (Retry-After).
struct RetryPolicy {
  static constexpr std::int64_t kRetriesMax = 20;

  std::int64_t retries = 0;  // attempts after the first; needs a repeatable step when > 0
  Duration backoff = std::chrono::milliseconds(200);
  double backoff_factor = 2.0;  // 1 to 100
  Duration backoff_max = std::chrono::seconds(30);
};

struct NodeOptions {
  Duration timeout = Duration::max();  // of each attempt; max: none
  RetryPolicy retry = {};
  // What the step finds in Runtime::settings(); null: nothing.
  std::shared_ptr<const boost::json::value> settings = {};
};

struct Node {
  std::string name;
  Step step;              // empty: looked up by step_name when the workflow is built
  std::string step_name;  // used only while `step` is empty
  Exit exit;
  NodeOptions options;
};

// What is wrong with a graph. `node` and `key` are empty where they do not apply; `path` is a way
// from the start on which the problem is met, as node names.
struct GraphProblem {
  std::string node;
  std::string key;
  std::vector<std::string> path;
  std::string message;  // whole: names node, key and path itself

  friend bool operator==(const GraphProblem&, const GraphProblem&) = default;
};

}  // namespace muai
