// Search by words, by vectors and by both, with a real model, over standard collections.
//
//   bench_vector_eval DATA MODEL.gguf LLAMA_SERVER WORK [--sample=N] COLLECTION...
//
// DATA holds a folder for each collection: corpus.jsonl.gz (id, title, text), queries.jsonl (id,
// text). Everything goes the way of `rag.embedding_model`: the engine runs the model, a Collection
// in WORK holds the vectors, LocalSearch gives the ten best documents. Writes
// WORK/COLLECTION.WAY.run.jsonl for an outside scorer, each line a query's id and its documents;
// WAY is one of
//   words          no embedding
//   vectors        an embedding and no word
//   both           what the product does: scores added up
//   reciprocal_10, reciprocal_60   sums of 1 / (N + rank), for comparison
// Of more than 500 queries every N-th is asked.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/json_rows.h"
#include "bench/retrieval_records.h"
#include "muai/async/asio_loop.h"
#include "muai/core/sha256.h"
#include "muai/engine/engine.h"
#include "muai/model/model_pool.h"
#include "muai/rag/collection.h"
#include "muai/rag/local_search.h"

namespace {

namespace fs = std::filesystem;
using namespace muai;

constexpr std::size_t kDocuments = 10;
constexpr std::size_t kRanked = 50;  // of each ranking that reciprocal ranks look at
constexpr std::size_t kManyQueries = 500;

// What it holds; ends the program otherwise: an evaluation of nothing must not look like a result.
template <class T>
T need(Result<T> result) {
  if (!result) {
    fmt::print(stderr, "{}\n", result.error().to_string());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

// The model at work. It remembers the vector of every text in a file, from run to run: making them
// takes minutes, and everything else is made anew each time.
class Encoder {
 public:
  Encoder(const fs::path& weights, const std::string& llama_server, const fs::path& work)
      : model_(sha256_hex(read_bytes(weights.string())).substr(0, 16)),
        memory_path_(work / (model_ + ".vectors")) {
    EngineOptions options;
    options.data_dir = work;
    options.network = NetworkAccess::Offline;
    ModelDescription model = need(describe_model_file(weights));
    model.name = model_;
    model.capabilities = {"embed"};
    options.models.models.push_back(std::move(model));
    options.models.residency = std::chrono::minutes(10);
    options.models.llama_server = llama_server;
    options.models.runtime_parent = (work / "run").string();
    engine_ = need(Engine::open(std::move(options)));
    pool_ = need(engine_->model_pool());
    recall();
  }

  // Named by what the file holds.
  const std::string& model() const { return model_; }

  Result<std::vector<std::vector<float>>> operator()(const std::vector<std::string>& texts) {
    std::vector<std::string> unknown;
    for (const std::string& text : texts)
      if (!memory_.contains(sha256_hex(text))) unknown.push_back(text);
    if (!unknown.empty()) {
      ModelCall call;
      call.deadline = engine_->loop().now() + std::chrono::minutes(30);
      MUAI_TRY(std::vector<std::vector<float>> made,
               engine_->loop().run(pool_->embed(model_, unknown, std::move(call))));
      for (std::size_t i = 0; i < made.size(); ++i)
        remember(sha256_hex(unknown[i]), std::move(made[i]));
    }
    std::vector<std::vector<float>> vectors;
    for (const std::string& text : texts) vectors.push_back(memory_.at(sha256_hex(text)));
    return vectors;
  }

 private:
  // A line of the hash, a blank and the length, then the numbers.
  void recall() {
    std::ifstream in(memory_path_, std::ios::binary);
    std::string hash;
    for (std::size_t size = 0; in >> hash >> size && in.get() == '\n';) {
      std::vector<float> vector(size);
      in.read(reinterpret_cast<char*>(vector.data()), bytes_of(vector));
      if (in) memory_[hash] = std::move(vector);
    }
  }

  void remember(std::string hash, std::vector<float> vector) {
    std::ofstream out(memory_path_, std::ios::binary | std::ios::app);
    out << hash << ' ' << vector.size() << '\n';
    out.write(reinterpret_cast<const char*>(vector.data()), bytes_of(vector));
    memory_[std::move(hash)] = std::move(vector);
  }

  static std::streamsize bytes_of(const std::vector<float>& vector) {
    return static_cast<std::streamsize>(vector.size() * sizeof(float));
  }

  std::string model_;
  fs::path memory_path_;
  std::map<std::string, std::vector<float>> memory_;
  std::unique_ptr<Engine> engine_;
  ModelPool* pool_ = nullptr;
};

// The collection, made anew, with a vector for every passage.
void fill(const fs::path& work, const std::string& name, const std::vector<Record>& corpus,
          Encoder& encoder) {
  (void)remove_collection(work, name);
  Collection collection = need(Collection::open(work, name, CollectionAccess::Write));
  for (const Record& record : corpus) {
    Document document;
    document.title = record.title;
    document.text = record.text;
    need(collection.put(record.id, document));
  }
  const auto embed = [&](const std::vector<std::string>& texts) { return encoder(texts); };
  const auto tell = [&](const EmbedProgress& at) {
    if (at.done % 320 == 0) fmt::print(stderr, "{}: {} of {}\n", name, at.done, at.all);
  };
  need(collection.embed_missing(encoder.model(), embed, tell));
}

// Ids of documents, best first.
using Ranking = std::vector<std::string>;

Ranking ranking_of(LocalSearch& search, std::string_view query, const SearchOptions& options) {
  Ranking ids;
  for (const Passage& passage : need(search.documents(query, options)))
    ids.push_back(passage.document_url.substr(passage.document_url.rfind('/') + 1));
  return ids;
}

Ranking reciprocal(const Ranking& a, const Ranking& b, double damping) {
  std::map<std::string, double> scores;
  for (const Ranking* ranking : {&a, &b}) {
    for (std::size_t i = 0; i < ranking->size(); ++i)
      scores[(*ranking)[i]] += 1 / (damping + static_cast<double>(i) + 1);
  }
  std::vector<std::pair<double, std::string>> order;
  for (const auto& [id, score] : scores) order.emplace_back(-score, id);
  std::ranges::sort(order);
  Ranking ids;
  for (const auto& [score, id] : order) ids.push_back(id);
  return ids;
}

class RunFiles {
 public:
  explicit RunFiles(std::string stem) : stem_(std::move(stem)) {}
  void add(const std::string& way, const std::string& query, Ranking ranking) {
    if (ranking.size() > kDocuments) ranking.resize(kDocuments);
    std::ofstream& out = files_.try_emplace(way, stem_ + "." + way + ".run.jsonl").first->second;
    write_row(out, {{"id", query}, {"docs", boost::json::value_from(ranking)}});
  }

 private:
  std::string stem_;
  std::map<std::string, std::ofstream> files_;
};

void evaluate(const fs::path& data, const fs::path& work, const std::string& name,
              std::size_t sample, Encoder& encoder) {
  fill(work, name, read_records((data / name / "corpus.jsonl.gz").string()), encoder);
  LocalSearch search = need(LocalSearch::open(work, name));
  RunFiles runs((work / name).string());
  const std::vector<Record> queries = read_records((data / name / "queries.jsonl").string());
  const std::size_t step = queries.size() > kManyQueries ? sample : 1;
  for (std::size_t i = 0; i < queries.size(); i += step) {
    const Record& query = queries[i];
    const std::vector<float> embedding = need(encoder({query.text})).front();
    const SearchOptions words{.limit = kRanked};
    const SearchOptions both{.limit = kRanked, .embedding = embedding};
    const Ranking by_words = ranking_of(search, query.text, words);
    const Ranking by_vectors = ranking_of(search, "", both);
    const SearchOptions asked{.limit = kDocuments, .embedding = embedding};
    runs.add("words", query.id, ranking_of(search, query.text, {.limit = kDocuments}));
    runs.add("vectors", query.id, by_vectors);
    runs.add("both", query.id, ranking_of(search, query.text, asked));
    runs.add("reciprocal_10", query.id, reciprocal(by_words, by_vectors, 10));
    runs.add("reciprocal_60", query.id, reciprocal(by_words, by_vectors, 60));
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments;
  std::size_t sample = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with("--sample="))
      sample = std::max(1ul, std::strtoul(argv[i] + 9, nullptr, 10));
    else
      arguments.emplace_back(argument);
  }
  if (arguments.size() < 5) {
    fmt::print(stderr,
               "usage: bench_vector_eval DATA MODEL.gguf LLAMA_SERVER WORK [--sample=N] "
               "COLLECTION...\n");
    return 2;
  }
  const fs::path work = fs::absolute(arguments[3]);
  fs::create_directories(work);
  Encoder encoder(arguments[1], arguments[2], work);
  for (std::size_t i = 4; i < arguments.size(); ++i)
    evaluate(arguments[0], work, arguments[i], sample, encoder);
  return 0;
}
