#include "rag/vector_index.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "muai/core/check.h"
#include "rag/neighbour_graph.h"

namespace muai {
namespace {

// Eight numbers at a time; the compiler makes of it what the machine has.
using Lane = float __attribute__((vector_size(32)));
constexpr std::size_t kLaneSize = 8;

float dot(const float* a, const float* b, std::size_t size) {
  Lane sums{};
  std::size_t at = 0;
  for (; at + kLaneSize <= size; at += kLaneSize) {
    Lane left;
    Lane right;
    std::memcpy(&left, a + at, sizeof left);
    std::memcpy(&right, b + at, sizeof right);
    sums += left * right;
  }
  float sum = 0;
  for (std::size_t i = 0; i < kLaneSize; ++i) sum += sums[i];
  for (; at < size; ++at) sum += a[at] * b[at];
  return sum;
}

}  // namespace

VectorIndex::VectorIndex(VectorTable table) : table_(std::move(table)) {
  MUAI_CHECK(table_.values.size() == table_.ids.size() * table_.dimension);
}
VectorIndex::VectorIndex(VectorIndex&&) noexcept = default;
VectorIndex& VectorIndex::operator=(VectorIndex&&) noexcept = default;
VectorIndex::~VectorIndex() = default;

std::vector<NearPassage> VectorIndex::nearest(std::span<const float> query, std::size_t limit) {
  MUAI_CHECK(query.size() == table_.dimension);
  std::vector<std::size_t> rows;
  if (table_.ids.size() > kExactVectorsMax) {
    if (graph_ == nullptr) graph_ = NeighbourGraph::make(table_);
    if (graph_ != nullptr) rows = graph_->rows_near(query, limit);
  }
  if (rows.empty()) {
    rows.resize(table_.ids.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
  }
  std::vector<NearPassage> near;
  near.reserve(rows.size());
  for (const std::size_t row : rows) {
    near.push_back({table_.ids[row],
                    dot(query.data(), table_.values.data() + row * query.size(), query.size())});
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
