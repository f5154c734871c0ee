// Sentence choice on a question set, as predictions for outside scorers:
//
//   bench_answer_eval DATA MODE [SOURCES] > predictions.jsonl
//
//   paragraph   {"id", "text"}: the three best sentences, one a line, of the question's paragraph
//   pool        the same, of all paragraphs of its article
//   answers     {"id", "text"}: the whole answer with its marks [N] as people see it, for each
//               question that is answered from its article; writes the cited texts to the file
//               SOURCES, as {"id", "sources": [text of [1], ...]}
//   citations   the same for a scorer that takes every full stop for the end of a sentence: a line
//               for each sentence of the answer, and full stops inside sentences ("U.S.", "Inc.",
//               'he said "no."') left out, in answers and sources alike
//   abstain     no predictions but one line of counts: the share of questions answered from their
//               own article, and from another one, where the answer should be "not found"
//
// DATA is JSONL, plain or .gz, an article a line: {"paragraphs": [{id, text}], "questions":
// [{id, paragraph, question}]}.

#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "bench/json_rows.h"
#include "muai/model/extractive.h"
#include "muai/steps/cited_answer.h"
#include "muai/text/key_points.h"
#include "muai/text/sentences.h"
#include "muai/text/utf8.h"

namespace {

using namespace muai;
namespace json = boost::json;

struct Article {
  std::vector<std::string> ids;
  std::vector<std::string> texts;
  json::array questions;
};

std::vector<Article> read_articles(const std::string& path) {
  std::vector<Article> articles;
  for (const json::value& value : read_rows(path)) {
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
      write_row(std::cout, {{"id", asked.at("id")}, {"text", lines}});
    }
  }
}

bool is_final_mark(std::string_view character) {
  static constexpr std::string_view kMarks[] = {".", "!", "?", "。", "！", "？"};
  return std::find(std::begin(kMarks), std::end(kMarks), character) != std::end(kMarks);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// One sentence without full stops, except those inside numbers.
std::string without_stops(std::string_view sentence) {
  std::string out;
  for (std::size_t i = 0; i < sentence.size();) {
    const std::size_t size = decode_utf8(sentence, i).size;
    const std::string_view character = sentence.substr(i, size);
    i += size;
    const bool in_number =
        !out.empty() && is_digit(out.back()) && i < sentence.size() && is_digit(sentence[i]);
    if (!is_final_mark(character) || in_number) out += character;
  }
  return out;
}

// The sentences of a text, a line each, without full stops.
std::string plain_lines(std::string_view text) {
  std::string out;
  for (const ByteSpan& span : split_sentences(text))
    out += without_stops(text.substr(span.begin, span.size())) + "\n";
  return out;
}

std::string plain_answer(const CitedAnswer& cited) {
  std::string out;
  for (const KeyPoint& point : key_points(cited.text)) {
    const std::string_view sentence =
        std::string_view(cited.text).substr(point.span.begin, point.span.size());
    out += without_stops(sentence) + "\n";
  }
  return out;
}

enum class Form { AsShown, Plain };

void cite(const std::vector<Article>& articles, Form form, const std::string& sources_path) {
  std::ofstream sources_out(sources_path);
  for (const Article& article : articles) {
    std::vector<CitableSource> citable;
    for (std::size_t i = 0; i < article.ids.size(); ++i)
      citable.push_back({.url = article.ids[i], .text = article.texts[i]});
    const std::vector<SourceText> sources = sources_of(article, "");
    for (const json::value& asked : article.questions) {
      const ExtractedAnswer answer =
          extract_answer(std::string(asked.at("question").as_string()), sources);
      if (answer.sentences.empty()) continue;
      const CitedAnswer cited = compose_answer(citable, answer.sentences);
      json::array texts;
      for (const std::string& url : cited.citations) {
        const auto at = std::find(article.ids.begin(), article.ids.end(), url);
        const std::string& text = article.texts[static_cast<std::size_t>(at - article.ids.begin())];
        texts.emplace_back(form == Form::Plain ? plain_lines(text) : text);
      }
      write_row(sources_out, {{"id", asked.at("id")}, {"sources", std::move(texts)}});
      write_row(std::cout, {{"id", asked.at("id")},
                            {"text", form == Form::Plain ? plain_answer(cited) : cited.text}});
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
  const std::string mode = argc > 2 ? argv[2] : "";
  if (mode == "abstain" && argc == 3) {
    abstain(read_articles(argv[1]));
  } else if ((mode == "citations" || mode == "answers") && argc == 4) {
    cite(read_articles(argv[1]), mode == "citations" ? Form::Plain : Form::AsShown, argv[3]);
  } else if ((mode == "paragraph" || mode == "pool") && argc == 3) {
    predict(read_articles(argv[1]), mode == "pool");
  } else {
    std::fprintf(stderr,
                 "usage: bench_answer_eval DATA paragraph|pool|abstain > predictions.jsonl\n"
                 "       bench_answer_eval DATA citations|answers SOURCES > predictions.jsonl\n");
    return 2;
  }
  return 0;
}
