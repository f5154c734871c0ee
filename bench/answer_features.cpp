// Development program: writes what tools/train_answers.py learns from.
//
//   bench_answer_features DATA paragraph|pool > features.jsonl
//
// DATA as for bench_answer_eval. One line per question: {"id", "article", "rows": [{"text", "x":
// [...]}]}, a row for each sentence that may be quoted; of a pool only those that the words of the
// question speak for.

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <iostream>
#include <string>

#include "bench/json_rows.h"
#include "model/question.h"
#include "model/sentence_features.h"
#include "model/sentence_table.h"

namespace {

using namespace muai;
namespace json = boost::json;

constexpr std::size_t kRowsMax = 30;

json::array rows_of(const std::string& asked, const std::vector<SourceText>& sources) {
  const SentenceTable table(sources);
  const Question question = read_question(asked);
  const SentenceFeatures features(question, table);
  struct Candidate {
    std::size_t number;
    FeatureRow row;
  };
  std::vector<Candidate> all;
  for (std::size_t i = 0; i < table.sentences().size(); ++i)
    if (table.sentences()[i].is_quotable) all.push_back({i, features.row(i)});
  const auto score = [](const FeatureRow& row) {
    const auto at = [&](Feature feature) { return row[static_cast<std::size_t>(feature)]; };
    return at(Feature::Own) + 0.3F * at(Feature::Paragraph) + 0.15F * at(Feature::Before) +
           0.15F * at(Feature::After);
  };
  std::sort(all.begin(), all.end(), [&](const Candidate& a, const Candidate& b) {
    const float left = score(a.row);
    const float right = score(b.row);
    return left != right ? left > right : a.number < b.number;
  });
  if (all.size() > kRowsMax) all.resize(kRowsMax);
  json::array out;
  for (const Candidate& candidate : all) {
    json::array x;
    for (const float value : candidate.row) x.push_back(std::round(value * 1e4) / 1e4);
    const Sentence& sentence = table.sentences()[candidate.number];
    out.push_back({{"text", table.text_of(sentence)},
                   {"number", candidate.number},
                   {"source", sentence.source},
                   {"x", std::move(x)}});
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc == 3 ? argv[2] : "";
  if (mode != "paragraph" && mode != "pool") {
    std::cerr << "usage: bench_answer_features DATA paragraph|pool > features.jsonl\n";
    return 2;
  }
  for (const json::value& article : read_rows(argv[1])) {
    for (const json::value& asked : article.at("questions").as_array()) {
      std::vector<SourceText> sources;
      for (const json::value& paragraph : article.at("paragraphs").as_array())
        if (mode == "pool" || paragraph.at("id") == asked.at("paragraph"))
          sources.push_back({.text = paragraph.at("text").as_string()});
      write_row(std::cout,
                {{"id", asked.at("id")},
                 {"article", article.at("article")},
                 {"rows", rows_of(std::string(asked.at("question").as_string()), sources)}});
    }
  }
  return 0;
}
