#pragma once

// NeighbourGraph: approximate nearest neighbours by hnswlib, which only neighbour_graph.cpp knows.
// Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using
// Hierarchical Navigable Small World graphs" (2016).

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "muai/store/passage_vectors.h"

namespace muai {

class NeighbourGraph {
 public:
  // Null when there is not enough memory. Refers to nothing of `table` afterwards.
  static std::unique_ptr<NeighbourGraph> make(const VectorTable& table);
  ~NeighbourGraph();

  // Rows of the table that are near `query`, in no order; about `limit`.
  std::vector<std::size_t> rows_near(std::span<const float> query, std::size_t limit);

 private:
  struct Graph;
  explicit NeighbourGraph(std::unique_ptr<Graph> graph);
  std::unique_ptr<Graph> graph_;
};

}  // namespace muai
