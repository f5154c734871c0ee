#include "rag/neighbour_graph.h"

#include <algorithm>
#include <exception>

// hnswlib stores labels where they happen to fall; machines that MuAI runs on do not mind.
#pragma clang attribute push(__attribute__((no_sanitize("alignment"))), apply_to = function)
#include <hnswlib/hnswlib.h>
#pragma clang attribute pop

#include "rag/dot_product.h"

namespace muai {
namespace {

constexpr std::size_t kLinks = 16;             // of a node, on each level
constexpr std::size_t kBuildCandidates = 100;  // looked at for each new node
constexpr std::size_t kSearchCandidates = 200;

// Distances by our own product: the library's takes one number at a time, since its code for
// several would read ahead of its lists (cmake/MuaiDependencies.cmake).
class ProductSpace final : public hnswlib::SpaceInterface<float> {
 public:
  explicit ProductSpace(std::size_t dimension) : dimension_(dimension) {}
  std::size_t get_data_size() override { return dimension_ * sizeof(float); }
  hnswlib::DISTFUNC<float> get_dist_func() override { return distance; }
  void* get_dist_func_param() override { return &dimension_; }

 private:
  static float distance(const void* a, const void* b, const void* dimension) {
    return 1 - dot_product(static_cast<const float*>(a), static_cast<const float*>(b),
                           *static_cast<const std::size_t*>(dimension));
  }

  std::size_t dimension_;
};

}  // namespace

struct NeighbourGraph::Graph {
  ProductSpace space;
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
