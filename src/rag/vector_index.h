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

// Up to this many vectors every one is compared, always.
inline constexpr std::size_t kExactVectorsMax = 50'000;

// How long every vector is compared, which is exact and needs nothing made. A graph of 100,000
// takes as long to make as 12,000 comparisons with all of them: it would never pay for a program
// that is asked once, and every program begins as one.
struct ScanLimits {
  std::size_t vectors_max = kExactVectorsMax;  // above, a graph is made
  std::size_t scans_before = 10'000;           // but not before so many questions
};

class VectorIndex {
 public:
  explicit VectorIndex(VectorTable table, const ScanLimits& limits = {});
  VectorIndex(VectorIndex&&) noexcept;
  VectorIndex& operator=(VectorIndex&&) noexcept;
  ~VectorIndex();

  std::size_t size() const { return table_.ids.size(); }
  std::size_t dimension() const { return table_.dimension; }

  // Passages by falling cosine, equal ones by id; at most `limit`. `query` has length 1 and the
  // dimension of the vectors. Once there is a graph it is asked: a few of the nearest may be
  // missed.
  std::vector<NearPassage> nearest(std::span<const float> query, std::size_t limit);

  bool has_graph() const { return graph_ != nullptr; }

 private:
  void make_graph_when_it_pays();

  VectorTable table_;
  ScanLimits limits_;
  std::size_t scans_ = 0;
  std::unique_ptr<NeighbourGraph> graph_;
};

}  // namespace muai
