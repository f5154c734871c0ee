// Nearest vectors, of 384 numbers as MiniLM's are: the exact scan at the most vectors that it is
// used for, the graph above, and reading them from the file they are kept in.
//
// The vectors lie in clusters, as those of texts do; among numbers without any order a graph finds
// little, and nothing would be near.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "muai/store/passage_store.h"
#include "muai/store/passage_vectors.h"
#include "rag/vector_index.h"

namespace {

using namespace muai;

constexpr std::size_t kDimension = 384;
constexpr std::size_t kClusters = 2000;
constexpr std::size_t kAboveExact = 2 * kExactVectorsMax;
constexpr std::size_t kNearest = 30;  // as Collection::search asks when ten are wanted
constexpr float kSpread = 0.7f;       // of a cluster, of the distance between clusters

void scale_to_unit(std::vector<float>& vector) {
  const float length =
      std::sqrt(std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0f));
  for (float& value : vector) value /= length;
}

// Vectors around the same centres, whatever `seed` is.
class Clusters {
 public:
  Clusters() {
    std::mt19937 random(1);
    for (std::size_t i = 0; i < kClusters; ++i) centres_.push_back(noise(random));
  }

  std::vector<float> vector(std::mt19937& random) const {
    std::vector<float> made = noise(random);
    const std::vector<float>& centre = centres_[random() % kClusters];
    for (std::size_t i = 0; i < kDimension; ++i) made[i] = centre[i] + kSpread * made[i];
    scale_to_unit(made);
    return made;
  }

 private:
  static std::vector<float> noise(std::mt19937& random) {
    std::normal_distribution<float> normal;
    std::vector<float> made(kDimension);
    for (float& value : made) value = normal(random);
    return made;
  }

  std::vector<std::vector<float>> centres_;
};

const Clusters& clusters() {
  static const Clusters made;
  return made;
}

VectorTable table_of(std::size_t first, std::size_t count) {
  VectorTable table{.dimension = kDimension};
  for (std::size_t id = first; id < first + count; ++id) {
    std::mt19937 random(static_cast<std::uint32_t>(id + 1000));
    const std::vector<float> vector = clusters().vector(random);
    table.ids.push_back(static_cast<std::int64_t>(id));
    table.values.insert(table.values.end(), vector.begin(), vector.end());
  }
  return table;
}

std::vector<std::vector<float>> queries() {
  std::mt19937 random(7);
  std::vector<std::vector<float>> made;
  for (int i = 0; i < 100; ++i) made.push_back(clusters().vector(random));
  return made;
}

void ask_in_turn(benchmark::State& state, VectorIndex& index) {
  const std::vector<std::vector<float>> asked = queries();
  std::size_t next = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(index.nearest(asked[next++ % asked.size()], kNearest).size());
}

void vectors_exact_scan(benchmark::State& state) {
  VectorIndex index(table_of(0, static_cast<std::size_t>(state.range(0))));
  ask_in_turn(state, index);
}
BENCHMARK(vectors_exact_scan)
    ->Arg(kExactVectorsMax)
    ->Arg(kAboveExact)
    ->Unit(benchmark::kMillisecond);

// One with a graph, which the first question makes, since no scans are asked for before.
VectorIndex& large_index() {
  static VectorIndex index(table_of(0, kAboveExact), {.scans_before = 0});
  return index;
}

void vectors_graph_made(benchmark::State& state) {
  const std::vector<float> query = queries().front();
  for (auto _ : state) benchmark::DoNotOptimize(large_index().nearest(query, kNearest).size());
  state.counters["vectors"] = static_cast<double>(large_index().size());
}
BENCHMARK(vectors_graph_made)->Iterations(1)->Unit(benchmark::kSecond);

void vectors_graph(benchmark::State& state) { ask_in_turn(state, large_index()); }
BENCHMARK(vectors_graph)->Unit(benchmark::kMillisecond);

// Which of the nearest the graph finds: two exact scans over its halves tell them.
void vectors_graph_recall(benchmark::State& state) {
  VectorIndex halves[] = {VectorIndex(table_of(0, kExactVectorsMax)),
                          VectorIndex(table_of(kExactVectorsMax, kExactVectorsMax))};
  std::size_t found = 0;
  std::size_t wanted = 0;
  for (auto _ : state) {
    for (const std::vector<float>& query : queries()) {
      std::vector<NearPassage> exact = halves[0].nearest(query, kNearest);
      for (const NearPassage& passage : halves[1].nearest(query, kNearest))
        exact.push_back(passage);
      std::ranges::sort(exact, std::greater(), &NearPassage::cosine);
      std::set<std::int64_t> near;
      for (const NearPassage& passage : large_index().nearest(query, kNearest))
        near.insert(passage.passage_id);
      for (std::size_t i = 0; i < kNearest; ++i)
        found += near.contains(exact[i].passage_id) ? 1 : 0;
      wanted += kNearest;
    }
  }
  state.counters["recall"] = static_cast<double>(found) / static_cast<double>(wanted);
}
BENCHMARK(vectors_graph_recall)->Iterations(1)->Unit(benchmark::kSecond);

// From the database, as the first question after a change does.
void vectors_read(benchmark::State& state) {
  PassageStore store = PassageStore::open_in_memory().value();
  StoredDocument document;
  document.url = "kb://bench/all";
  store.put(document, std::vector<NewPassage>(kExactVectorsMax, {"", "word"})).value();
  PassageVectors vectors(store.database());
  vectors.set_model({"bench", kDimension}).value();
  const VectorTable table = table_of(0, kExactVectorsMax);
  std::vector<std::int64_t> ids;
  std::vector<std::vector<float>> rows;
  for (const PlainPassage& passage : vectors.missing(kExactVectorsMax).value()) {
    const float* row = table.values.data() + rows.size() * kDimension;
    ids.push_back(passage.id);
    rows.emplace_back(row, row + kDimension);
  }
  vectors.put(ids, rows).value();
  for (auto _ : state) benchmark::DoNotOptimize(vectors.read().value().ids.size());
}
BENCHMARK(vectors_read)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
