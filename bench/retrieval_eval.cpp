// Retrieval quality on standard collections, and the time a query takes.
//
//   bench_retrieval_eval DATA [--NAME=VALUE ...] [--run=FOLDER]
//
// DATA holds a folder for each collection: corpus.jsonl.gz (id, title, text), queries.jsonl (id,
// text), qrels.tsv (query, document, grade). Prints nDCG@10, recall@10 and the median CPU time of
// a query; --sample=N asks every N-th of many; + begins another model on the same index; --run
// writes FOLDER/<collection>.run.jsonl for an outside scorer. Other options set the ranking model,
// for example --k1=0.9.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bench/retrieval_records.h"
#include "muai/document/document.h"
#include "muai/store/passage_store.h"
#include "rag/collection_writer.h"
#include "rag/ranking.h"

namespace {

// Of more than 500 queries every n-th is asked.
std::size_t sample = 1;
// As many as Collection::search ranks when ten are wanted.
std::size_t passages_asked = 30;

namespace fs = std::filesystem;
using namespace muai;

using Grades = std::map<std::string, std::map<std::string, double>>;

Grades read_grades(const fs::path& file) {
  Grades grades;
  std::ifstream in(file);
  std::string query;
  std::string document;
  for (double grade = 0; in >> query >> document >> grade;) {
    if (grade > 0) grades[query][document] = grade;
  }
  return grades;
}

struct Scores {
  double ndcg10 = 0;
  double recall10 = 0;
  double median_us = 0;
};

double ndcg10(const std::vector<std::string>& documents,
              const std::map<std::string, double>& good) {
  double gain = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(10, documents.size()); ++i) {
    const auto found = good.find(documents[i]);
    if (found != good.end()) gain += found->second / std::log2(static_cast<double>(i) + 2);
  }
  std::vector<double> ideal;
  for (const auto& [id, grade] : good) ideal.push_back(grade);
  std::ranges::sort(ideal, std::greater());
  double best = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(10, ideal.size()); ++i) {
    best += ideal[i] / std::log2(static_cast<double>(i) + 2);
  }
  return best > 0 ? gain / best : 0;
}

double cpu_us() {
  return 1e6 * static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC);
}

PassageStore index_of(const std::vector<Record>& corpus) {
  PassageStore store = PassageStore::open_in_memory().value();
  store.begin().value();
  for (const Record& record : corpus) {
    Document document;
    document.title = record.title;
    document.text = record.text;
    put_prepared(store, prepare_document(record.id, std::move(document))).value();
  }
  store.commit().value();
  store.settle().value();
  return store;
}

std::vector<std::string> documents_of(PassageStore& store,
                                      const std::vector<RankedPassage>& ranking) {
  std::vector<std::string> documents;
  std::set<std::string> seen;
  for (const RankedPassage& passage : ranking) {
    const std::string url = store.find_result(passage.passage_id).value()->document_url;
    if (seen.insert(url).second) documents.push_back(url);
  }
  if (documents.size() > 100) documents.resize(100);
  return documents;
}

Scores evaluate(PassageStore& store, const fs::path& folder, const RankingModel& model,
                const fs::path& run_folder) {
  const Grades grades = read_grades(folder / "qrels.tsv");
  std::ofstream run;
  if (!run_folder.empty()) run.open(run_folder / (folder.filename().string() + ".run.jsonl"));
  Scores scores;
  std::vector<double> times;
  std::size_t number = 0;
  for (const Record& query : read_records((folder / "queries.jsonl").string())) {
    const auto good = grades.find(query.id);
    if (good == grades.end() || (grades.size() > 500 && number++ % sample != 0)) continue;
    const double begin = cpu_us();
    const auto ranking =
        rank_passages(store, {.query = query.text, .limit = passages_asked}, model).value();
    times.push_back(cpu_us() - begin);
    const auto documents = documents_of(store, ranking);
    scores.ndcg10 += ndcg10(documents, good->second);
    double found = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(10, documents.size()); ++i) {
      found += good->second.contains(documents[i]) ? 1 : 0;
    }
    scores.recall10 += found / static_cast<double>(good->second.size());
    if (run) {
      const boost::json::object line{{"id", query.id},
                                     {"docs", boost::json::value_from(documents)}};
      run << boost::json::serialize(line) << '\n';
    }
  }
  std::ranges::sort(times);
  scores.ndcg10 /= static_cast<double>(times.size());
  scores.recall10 /= static_cast<double>(times.size());
  scores.median_us = times.empty() ? 0 : times[times.size() / 2];
  return scores;
}

bool set_option(RankingModel& model, const std::string& name, double value) {
  const std::map<std::string, double*> options{{"k1", &model.k1},
                                               {"b", &model.b},
                                               {"title", &model.title_weight},
                                               {"heading", &model.heading_weight},
                                               {"proximity", &model.proximity_weight},
                                               {"coverage", &model.coverage_weight},
                                               {"sentence", &model.sentence_weight},
                                               {"naming", &model.naming_weight},
                                               {"gathering", &model.gathering_weight},
                                               {"phrases", &model.phrase_weight},
                                               {"agreement_full", &model.feedback_agreement_full},
                                               {"feedback", &model.feedback_weight},
                                               {"agreement", &model.feedback_agreement},
                                               {"spelling", &model.spelling_weight},
                                               {"common", &model.common_share}};
  const auto found = options.find(name);
  if (name == "sample") return sample = static_cast<std::size_t>(value), true;
  if (name == "passages") return passages_asked = static_cast<std::size_t>(value), true;
  if (found == options.end()) return false;
  *found->second = value;
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<RankingModel> models(1);
  fs::path data;
  fs::path run_folder;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::size_t equals = argument.find('=');
    if (argument == "+") {
      models.push_back(models.front());
    } else if (!argument.starts_with("--")) {
      data = argument;
    } else if (argument.starts_with("--run=")) {
      run_folder = argument.substr(6);
    } else if (equals == std::string::npos ||
               !set_option(models.back(), argument.substr(2, equals - 2),
                           std::strtod(argument.c_str() + equals + 1, nullptr))) {
      fmt::print(stderr, "unknown option {}\n", argument);
      return 2;
    }
  }
  if (data.empty()) {
    fmt::print(stderr,
               "usage: bench_retrieval_eval DATA [--NAME=VALUE ...] [+ ...] [--run=FOLDER]\n");
    return 2;
  }
  std::vector<double> sums(models.size());
  for (const char* name :
       {"cranfield", "cisi", "cacm", "npl", "squad_para", "drcd_para", "cmrc_para"}) {
    if (!fs::exists(data / name)) continue;
    PassageStore store = index_of(read_records((data / name / "corpus.jsonl.gz").string()));
    for (std::size_t i = 0; i < models.size(); ++i) {
      const Scores scores = evaluate(store, data / name, models[i], run_folder);
      if (!std::string_view(name).ends_with("_para")) sums[i] += scores.ndcg10;
      fmt::print("{:<11} {} nDCG@10 {:.4f}  recall@10 {:.4f}  {:6.0f} us CPU a query\n", name, i,
                 scores.ndcg10, scores.recall10, scores.median_us);
      if (std::string_view(name) == "npl")
        fmt::print("mean        {} nDCG@10 {:.4f}\n", i, sums[i] / 4);
    }
  }
  return 0;
}
