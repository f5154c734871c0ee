#pragma once

// VectorIndex: the nearest vectors of a collection, in memory, made from the stored ones.

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "muai/core/result.h"
#include "muai/store/passage_vectors.h"
#include "rag/ranking.h"

namespace muai {

class NeighbourGraph;

// Up to this many vectors every one is compared: exact, and as fast as a graph would be once the
// time for making the graph is counted.
inline constexpr std::size_t kExactVectorsMax = 50'000;

class VectorIndex {
 public:
  explicit VectorIndex(VectorTable table);
  VectorIndex(VectorIndex&&) noexcept;
  VectorIndex& operator=(VectorIndex&&) noexcept;
  ~VectorIndex();

  std::size_t size() const { return table_.ids.size(); }
  std::size_t dimension() const { return table_.dimension; }

  // Passages by falling cosine, equal ones by id; at most `limit`. `query` has length 1 and the
  // dimension of the vectors. Above kExactVectorsMax a graph is made at the first call and asked
  // from then on: a few of the nearest may be missed.
  std::vector<NearPassage> nearest(std::span<const float> query, std::size_t limit);

 private:
  VectorTable table_;
  std::unique_ptr<NeighbourGraph> graph_;
};

}  // namespace muai
