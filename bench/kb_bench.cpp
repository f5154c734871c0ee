// Collections: how fast documents are indexed, and what a query costs at 100,000 passages.
//
//   bench_kb_bench                       synthetic passages, half a kilobyte, a quarter Chinese
//   MUAI_KB_HTML=FOLDER bench_kb_bench   also the HTML files of FOLDER through Collection::add
//   MUAI_KB_TEXTS=FOLDER bench_kb_bench  writes the passages and queries for peers/retrieval.py
//   MUAI_KB_PASSAGES=FILE bench_kb_bench also indexes the lines of FILE
//
// Times are CPU time of the whole process (all threads).

#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "muai/rag/collection.h"
#include "muai/store/passage_store.h"
#include "rag/ranking.h"

namespace {

namespace fs = std::filesystem;
using namespace muai;

constexpr std::size_t kPassages = 100'000;
constexpr std::size_t kVocabulary = 50'000;

// Word numbers as in prose: the n-th most frequent word has a frequency of 1 / n.
class Zipf {
 public:
  explicit Zipf(std::size_t words) : log_words_(std::log(static_cast<double>(words))) {}
  std::size_t operator()(std::mt19937& random) const {
    const double uniform = std::uniform_real_distribution<double>(0, 1)(random);
    return static_cast<std::size_t>(std::exp(uniform * log_words_));
  }

 private:
  double log_words_;
};

std::string latin_word(std::size_t number) {
  constexpr const char* kSyllables[] = {"ta", "ri",  "mo",  "ken", "sul", "ver", "po",  "lin",
                                        "da", "shu", "gra", "bel", "ni",  "cor", "wex", "fa"};
  std::string word;
  for (std::size_t rest = number * 2'654'435'761u % 1'048'576 + 16; rest > 0; rest /= 16) {
    word += kSyllables[rest % 16];
  }
  return word;
}

std::string han_word(std::size_t number) {
  std::string word;
  for (const std::size_t part : {number % 2000, number / 7 % 3000}) {
    const std::size_t point = 0x4e00 + part;
    word += static_cast<char>(0xe0 | (point >> 12));
    word += static_cast<char>(0x80 | ((point >> 6) & 0x3f));
    word += static_cast<char>(0x80 | (point & 0x3f));
  }
  return word;
}

std::string passage_text(std::size_t number, std::mt19937& random) {
  static const Zipf zipf(kVocabulary);
  const bool is_chinese = number % 4 == 3;
  std::string text;
  while (text.size() < 560) {
    text += is_chinese ? han_word(zipf(random)) : latin_word(zipf(random)) + " ";
    if (random() % 12 == 0) text += is_chinese ? "。" : ". ";
  }
  return text;
}

struct Indexed {
  fs::path folder;
  std::unique_ptr<PassageStore> store;
  double build_cpu_s = 0;
  double settle_cpu_s = 0;
  std::size_t passages = 0;
  std::size_t bytes = 0;

  ~Indexed() {
    store.reset();
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
};

double cpu_s() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct QueryKind {
  const char* name;
  std::size_t first_rank;  // of the vocabulary, by frequency
  std::size_t last_rank;
};
constexpr QueryKind kRare{"rare", 2000, 40'000};
constexpr QueryKind kMedium{"medium", 200, 2000};
constexpr QueryKind kFrequent{"frequent", 10, 200};

// Queries of three words.
std::vector<std::string> queries_of(const QueryKind& kind) {
  std::mt19937 random(7);
  std::vector<std::string> queries;
  for (int i = 0; i < 300; ++i) {
    std::string text;
    for (int word = 0; word < 3; ++word) {
      text += latin_word(kind.first_rank + random() % (kind.last_rank - kind.first_rank)) + " ";
    }
    queries.push_back(text);
  }
  return queries;
}

void write_lines(const fs::path& file, const std::vector<std::string>& lines) {
  std::ofstream out(file);
  for (const std::string& line : lines) out << line << '\n';
}

void write_for_peers(const std::vector<std::string>& passages) {
  const char* folder = std::getenv("MUAI_KB_TEXTS");
  if (folder == nullptr) return;
  fs::create_directories(folder);
  write_lines(fs::path(folder) / "passages.txt", passages);
  for (const QueryKind& kind : {kRare, kMedium, kFrequent}) {
    write_lines(fs::path(folder) / ("queries-" + std::string(kind.name) + ".txt"),
                queries_of(kind));
  }
}

// Documents of 20 passages, committed as Collection::add does.
std::unique_ptr<Indexed> index_of(const std::vector<std::string>& texts) {
  auto made = std::make_unique<Indexed>();
  static int number = 0;
  made->folder = fs::temp_directory_path() /
                 ("muai-kb-bench-" + std::to_string(getpid()) + "-" + std::to_string(++number));
  fs::create_directories(made->folder);
  made->store = std::make_unique<PassageStore>(
      PassageStore::open(made->folder / "kb.db", DatabaseAccess::ExclusiveWriter).value());
  PassageStore& store = *made->store;
  const double begin = cpu_s();
  store.begin().value();
  for (std::size_t i = 0; i < texts.size(); i += 20) {
    StoredDocument document;
    document.url = "kb://bench/" + std::to_string(i);
    document.title = latin_word(i);
    std::vector<NewPassage> passages;
    for (std::size_t j = i; j < std::min(i + 20, texts.size()); ++j) {
      passages.push_back({"Section", texts[j]});
      made->bytes += texts[j].size();
    }
    store.put(document, passages).value();
    made->passages += passages.size();
    if (i % 8000 == 7980) {
      store.commit().value();
      store.begin().value();
    }
  }
  store.commit().value();
  made->build_cpu_s = cpu_s() - begin;
  store.settle().value();
  made->settle_cpu_s = cpu_s() - begin - made->build_cpu_s;
  return made;
}

// Built once.
Indexed& synthetic() {
  static const std::unique_ptr<Indexed> built = [] {
    std::mt19937 random(1);
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < kPassages; ++i) texts.push_back(passage_text(i, random));
    write_for_peers(texts);
    return index_of(texts);
  }();
  return *built;
}

void count(benchmark::State& state, const Indexed& made) {
  const double seconds = made.build_cpu_s + made.settle_cpu_s;
  state.counters["passages_per_cpu_s"] = static_cast<double>(made.passages) / seconds;
  state.counters["MB_per_cpu_s"] = 1e-6 * static_cast<double>(made.bytes) / seconds;
  state.counters["settle_cpu_s"] = made.settle_cpu_s;
}

void index_passages(benchmark::State& state) {
  Indexed& made = synthetic();
  for (auto _ : state) benchmark::DoNotOptimize(made.bytes);
  count(state, made);
}
BENCHMARK(index_passages)->Iterations(1);

void index_file(benchmark::State& state) {
  const char* file = std::getenv("MUAI_KB_PASSAGES");
  if (file == nullptr) return state.SkipWithError("name a file of passages in MUAI_KB_PASSAGES");
  std::vector<std::string> texts;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) texts.push_back(line);
  std::unique_ptr<Indexed> made;
  for (auto _ : state) made = index_of(texts);
  count(state, *made);
}
BENCHMARK(index_file)->Iterations(1);

// As Collection::search asks when ten passages are wanted: thirty ranked, ten read.
void query(benchmark::State& state, const QueryKind& kind) {
  PassageStore& store = *synthetic().store;
  const std::vector<std::string> queries = queries_of(kind);
  std::size_t next = 0;
  std::size_t hits = 0;
  std::vector<double> times;
  for (auto _ : state) {
    const std::clock_t begin = std::clock();
    const RankingRequest request{.query = queries[next++ % queries.size()], .limit = 30};
    const ReadScope reading = store.begin_reading().value();
    const auto ranking = rank_passages(store, request).value();
    for (std::size_t i = 0; i < std::min<std::size_t>(10, ranking.size()); ++i) {
      hits += store.find_result(ranking[i].passage_id).value() ? 1 : 0;
    }
    times.push_back(static_cast<double>(std::clock() - begin));
  }
  std::ranges::sort(times);
  state.counters["hits"] = static_cast<double>(hits) / static_cast<double>(state.iterations());
  state.counters["median_us"] = 1e6 * times[times.size() / 2] / CLOCKS_PER_SEC;
}
BENCHMARK_CAPTURE(query, rare, kRare)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(query, medium, kMedium)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(query, frequent, kFrequent)->Unit(benchmark::kMicrosecond);

void query_chinese(benchmark::State& state) {
  PassageStore& store = *synthetic().store;
  std::mt19937 random(7);
  for (auto _ : state) {
    const std::string word = han_word(500 + random() % 20'000);
    benchmark::DoNotOptimize(rank_passages(store, {.query = word, .limit = 30}).value().size());
  }
}
BENCHMARK(query_chinese)->Unit(benchmark::kMicrosecond);

void add_html(benchmark::State& state) {
  const char* html = std::getenv("MUAI_KB_HTML");
  if (html == nullptr) return state.SkipWithError("name a folder of HTML in MUAI_KB_HTML");
  const std::vector<fs::path> paths{html};
  double mb = 0;
  double cpu = 0;
  for (auto _ : state) {
    const fs::path data = fs::temp_directory_path() / ("muai-kb-html-" + std::to_string(getpid()));
    Collection collection = Collection::open(data, "html", CollectionAccess::Write).value();
    const double begin = cpu_s();
    const AddReport report = collection.add(paths).value();
    cpu += cpu_s() - begin;
    mb += 1e-6 * static_cast<double>(report.counts.bytes_read);
    state.counters["passages"] = static_cast<double>(report.counts.passages);
    fs::remove_all(data);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["MB_per_cpu_s"] = mb / cpu;
  state.counters["MB"] = mb;
  state.counters["peak_rss_MB"] = static_cast<double>(usage.ru_maxrss) / 1024;
}
BENCHMARK(add_html)->Iterations(1)->UseRealTime()->Unit(benchmark::kSecond);

}  // namespace

BENCHMARK_MAIN();
