#include "rag/vector_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "rag/neighbour_graph.h"

namespace muai {
namespace {

VectorTable random_vectors(std::size_t count, std::size_t dimension) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  VectorTable table;
  table.dimension = dimension;
  for (std::size_t row = 0; row < count; ++row) {
    std::vector<float> vector;
    for (std::size_t i = 0; i < dimension; ++i) vector.push_back(normal(random));
    const std::vector<float> unit = unit_vector(vector).value();
    table.ids.push_back(static_cast<std::int64_t>(row) * 10);
    table.values.insert(table.values.end(), unit.begin(), unit.end());
  }
  return table;
}

double cosine(const VectorTable& table, std::size_t row, std::span<const float> query) {
  double sum = 0;
  for (std::size_t i = 0; i < query.size(); ++i) {
    sum += static_cast<double>(query[i]) * table.values[row * table.dimension + i];
  }
  return sum;
}

std::vector<std::int64_t> nearest_by_sorting(const VectorTable& table, std::span<const float> query,
                                             std::size_t limit) {
  std::vector<std::size_t> rows(table.ids.size());
  for (std::size_t row = 0; row < rows.size(); ++row) rows[row] = row;
  std::ranges::sort(rows, [&](std::size_t a, std::size_t b) {
    return cosine(table, a, query) > cosine(table, b, query);
  });
  std::vector<std::int64_t> ids;
  for (std::size_t i = 0; i < limit; ++i) ids.push_back(table.ids[rows[i]]);
  return ids;
}

TEST(VectorIndex, FindsTheNearestExactlyInAnyDimension) {
  for (const std::size_t dimension : {1uz, 7uz, 8uz, 13uz, 64uz}) {
    const VectorTable table = random_vectors(60, dimension);
    const std::vector<float> query(table.values.begin(),
                                   table.values.begin() + static_cast<std::ptrdiff_t>(dimension));
    VectorIndex index(table);
    const std::vector<NearPassage> near = index.nearest(query, 5);
    ASSERT_EQ(near.size(), 5u);
    EXPECT_NEAR(near[0].cosine, 1, 1e-5);
    if (dimension == 1) continue;  // all cosines are 1 or -1
    const std::vector<std::int64_t> expected = nearest_by_sorting(table, query, 5);
    for (std::size_t i = 0; i < near.size(); ++i) EXPECT_EQ(near[i].passage_id, expected[i]);
  }
}

TEST(VectorIndex, FewerVectorsThanWantedAreAllGiven) {
  VectorIndex index(random_vectors(3, 4));
  EXPECT_EQ(index.nearest(std::vector<float>{1, 0, 0, 0}, 10).size(), 3u);
}

// Symptom: each `muai ask` over many vectors made a graph for its one question, for a minute.
TEST(VectorIndex, AGraphIsMadeOnlyWhenManyQuestionsHavePaidForIt) {
  const VectorTable table = random_vectors(200, 16);
  const std::vector<float> query(table.values.begin(), table.values.begin() + 16);
  VectorIndex index(table, {.vectors_max = 100, .scans_before = 2});
  const std::vector<NearPassage> exact = index.nearest(query, 3);
  index.nearest(query, 3);
  EXPECT_FALSE(index.has_graph());
  const std::vector<NearPassage> near = index.nearest(query, 3);
  EXPECT_TRUE(index.has_graph());
  EXPECT_EQ(near.front().passage_id, exact.front().passage_id);
  VectorIndex small(table, {.vectors_max = 200, .scans_before = 0});
  small.nearest(query, 3);
  EXPECT_FALSE(small.has_graph());
}

TEST(NeighbourGraph, FindsNineOfTenOfTheNearest) {
  const VectorTable table = random_vectors(1500, 16);
  const auto graph = NeighbourGraph::make(table);
  ASSERT_NE(graph, nullptr);
  std::size_t found = 0;
  for (std::size_t query = 0; query < 20; ++query) {
    const std::span<const float> vector(table.values.data() + query * 16, 16);
    const std::vector<std::int64_t> expected = nearest_by_sorting(table, vector, 10);
    for (const std::size_t row : graph->rows_near(vector, 10)) {
      found += std::ranges::count(expected, table.ids[row]) > 0 ? 1 : 0;
    }
  }
  EXPECT_GE(found, 180u);
}

}  // namespace
}  // namespace muai
