#include "rag/neighbour_graph.h"

#include <algorithm>
#include <exception>

// hnswlib stores labels where they happen to fall; machines that MuAI runs on do not mind.
#pragma clang attribute push(__attribute__((no_sanitize("alignment"))), apply_to = function)
#include <hnswlib/hnswlib.h>
#pragma clang attribute pop

namespace muai {
namespace {

constexpr std::size_t kLinks = 16;             // of a node, on each level
constexpr std::size_t kBuildCandidates = 100;  // looked at for each new node
constexpr std::size_t kSearchCandidates = 200;

}  // namespace

struct NeighbourGraph::Graph {
  hnswlib::InnerProductSpace space;
  hnswlib::HierarchicalNSW<float> nodes;

  explicit Graph(const VectorTable& table)
      : space(table.dimension), nodes(&space, table.ids.size(), kLinks, kBuildCandidates) {
    for (std::size_t row = 0; row < table.ids.size(); ++row) {
      nodes.addPoint(table.values.data() + row * table.dimension, row);
    }
    nodes.setEf(kSearchCandidates);
  }
};

NeighbourGraph::NeighbourGraph(std::unique_ptr<Graph> graph) : graph_(std::move(graph)) {}
NeighbourGraph::~NeighbourGraph() = default;

std::unique_ptr<NeighbourGraph> NeighbourGraph::make(const VectorTable& table) {
  try {
    return std::unique_ptr<NeighbourGraph>(new NeighbourGraph(std::make_unique<Graph>(table)));
  } catch (const std::exception&) {
    return nullptr;
  }
}

std::vector<std::size_t> NeighbourGraph::rows_near(std::span<const float> query,
                                                   std::size_t limit) {
  std::vector<std::size_t> rows;
  try {
    auto found = graph_->nodes.searchKnn(query.data(), limit);
    for (; !found.empty(); found.pop()) rows.push_back(found.top().second);
  } catch (const std::exception&) {
    rows.clear();
  }
  return rows;
}

}  // namespace muai
