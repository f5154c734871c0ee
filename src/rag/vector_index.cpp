#include "rag/vector_index.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "muai/core/check.h"
#include "rag/dot_product.h"
#include "rag/neighbour_graph.h"

namespace muai {

VectorIndex::VectorIndex(VectorTable table, const ScanLimits& limits)
    : table_(std::move(table)), limits_(limits) {
  MUAI_CHECK(table_.values.size() == table_.ids.size() * table_.dimension);
}
VectorIndex::VectorIndex(VectorIndex&&) noexcept = default;
VectorIndex& VectorIndex::operator=(VectorIndex&&) noexcept = default;
VectorIndex::~VectorIndex() = default;

void VectorIndex::make_graph_when_it_pays() {
  if (graph_ != nullptr || table_.ids.size() <= limits_.vectors_max) return;
  if (scans_ < limits_.scans_before) return;
  graph_ = NeighbourGraph::make(table_);
  scans_ = 0;  // without the memory for it, it is tried again after as many questions
}

std::vector<NearPassage> VectorIndex::nearest(std::span<const float> query, std::size_t limit) {
  MUAI_CHECK(query.size() == table_.dimension);
  std::vector<std::size_t> rows;
  make_graph_when_it_pays();
  if (graph_ != nullptr) rows = graph_->rows_near(query, limit);
  if (rows.empty()) {
    ++scans_;
    rows.resize(table_.ids.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
  }
  std::vector<NearPassage> near;
  near.reserve(rows.size());
  for (const std::size_t row : rows) {
    near.push_back(
        {table_.ids[row],
         dot_product(query.data(), table_.values.data() + row * query.size(), query.size())});
  }
  const std::size_t kept = std::min(limit, near.size());
  std::ranges::partial_sort(near, near.begin() + static_cast<std::ptrdiff_t>(kept),
                            [](const NearPassage& a, const NearPassage& b) {
                              return a.cosine != b.cosine ? a.cosine > b.cosine
                                                          : a.passage_id < b.passage_id;
                            });
  near.resize(kept);
  return near;
}

}  // namespace muai
