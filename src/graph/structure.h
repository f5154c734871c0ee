#pragma once

// The shape of a graph that is being built: names resolved to positions, and the mistakes that
// can be seen without asking what steps read and write.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/registry.h"
#include "muai/graph/graph.h"

namespace muai {

// Edges between nodes by their position in the list; the end is position nodes.size().
struct GraphShape {
  struct Edge {
    std::uint32_t to = 0;
    const Condition* when = nullptr;
  };
  std::uint32_t start = 0;
  std::vector<std::vector<Edge>> out;  // one list per node, none for the end
};

// Fills the empty steps of `nodes` from `steps` (may be null) and finds every structural problem:
// names, unknown steps, exits, options, dangling edges, cycles, unreachable nodes, nodes without
// a way to the end. The shape is whole only when there is none.
GraphShape read_structure(std::vector<Node>& nodes, const std::string& start,
                          const Registry<Step>* steps, std::vector<GraphProblem>& problems);

// "a -> b -> c".
std::string path_text(const std::vector<std::string>& path);

}  // namespace muai
