// Sentence choice on a question set, for the scorer that reads {"id", "text"} lines:
//
//   bench_answer_eval DATA.jsonl paragraph|pool > predictions.jsonl
//   bench_answer_eval DATA.jsonl abstain        counts: answered on the right article, and on
//                                               another one, where the answer should be "not found"
//
// A line of DATA is an article: {"paragraphs": [{id, text}], "questions": [{id, paragraph,
// question}]}.

#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "muai/core/json.h"
#include "muai/model/extractive.h"
#include "muai/steps/cited_answer.h"

namespace {

using namespace muai;
namespace json = boost::json;

struct Article {
  std::vector<std::string> ids;
  std::vector<std::string> texts;
  json::array questions;
};

std::vector<Article> read_articles(const char* path) {
  std::vector<Article> articles;
  std::ifstream in(path);
  std::string line;
  while (std::getline(in, line)) {
    const json::value value = json::parse(line);
    Article article;
    for (const json::value& paragraph : value.at("paragraphs").as_array()) {
      article.ids.emplace_back(paragraph.at("id").as_string());
      article.texts.emplace_back(paragraph.at("text").as_string());
    }
    article.questions = value.at("questions").as_array();
    articles.push_back(std::move(article));
  }
  return articles;
}

std::vector<SourceText> sources_of(const Article& article, const std::string& only) {
  std::vector<SourceText> sources;
  for (std::size_t i = 0; i < article.ids.size(); ++i)
    if (only.empty() || article.ids[i] == only) sources.push_back({.text = article.texts[i]});
  return sources;
}

void predict(const std::vector<Article>& articles, bool pool) {
  for (const Article& article : articles) {
    for (const json::value& asked : article.questions) {
      const std::string paragraph(asked.at("paragraph").as_string());
      const std::vector<SourceText> sources = sources_of(article, pool ? "" : paragraph);
      const std::string question(asked.at("question").as_string());
      std::string lines;
      std::size_t count = 0;
      for (const RankedSentence& sentence : rank_sentences(question, sources)) {
        if (count++ == 3) break;
        const std::string_view text = sources[sentence.source].text;
        lines += fold_blanks(text.substr(sentence.span.begin, sentence.span.size())) + "\n";
      }
      std::cout << write_json(json::object{{"id", asked.at("id")}, {"text", lines}}).value()
                << "\n";
    }
  }
}

void abstain(const std::vector<Article>& articles) {
  std::size_t asked_right = 0;
  std::size_t answered_right = 0;
  std::size_t answered_wrong = 0;
  for (std::size_t i = 0; i < articles.size(); ++i) {
    const std::vector<SourceText> right = sources_of(articles[i], "");
    const std::vector<SourceText> wrong = sources_of(articles[(i + 1) % articles.size()], "");
    for (const json::value& asked : articles[i].questions) {
      const std::string question(asked.at("question").as_string());
      ++asked_right;
      answered_right += !extract_answer(question, right).sentences.empty();
      answered_wrong += !extract_answer(question, wrong).sentences.empty();
    }
  }
  std::printf("questions %zu, answered on the right article %.3f, on another one %.3f\n",
              asked_right, static_cast<double>(answered_right) / static_cast<double>(asked_right),
              static_cast<double>(answered_wrong) / static_cast<double>(asked_right));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: bench_answer_eval DATA.jsonl paragraph|pool|abstain\n");
    return 2;
  }
  const std::vector<Article> articles = read_articles(argv[1]);
  const std::string mode = argv[2];
  if (mode == "abstain") {
    abstain(articles);
  } else {
    predict(articles, mode == "pool");
  }
  return 0;
}
