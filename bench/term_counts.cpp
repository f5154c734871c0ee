// Development program: in how many passages each term occurs, for tools/train_answers.py.
//
//   bench_term_counts DATA... > counts.tsv
//
// DATA is JSONL, plain or .gz: rows with a "text", or articles with "paragraphs" that have one.
// Passages are parted by blank lines. Prints the number of passages, then TERM<TAB>PASSAGES.

#include <boost/json.hpp>
#include <cstdio>
#include <iostream>
#include <map>
#include <set>
#include <string>

#include "bench/json_rows.h"
#include "muai/text/tokens.h"

namespace {

using namespace muai;

class Counts {
 public:
  void add(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find("\n\n"), text.size());
      add_passage(text.substr(0, end));
      text.remove_prefix(std::min(end + 2, text.size()));
    }
  }

  void print() const {
    std::printf("%zu\n", passages_);
    for (const auto& [term, count] : counts_) std::printf("%s\t%zu\n", term.c_str(), count);
  }

 private:
  void add_passage(std::string_view passage) {
    const std::vector<std::string> terms = analyse(passage, {.stop_words = StopWords::Drop});
    if (terms.empty()) return;
    ++passages_;
    for (const std::string& term : std::set<std::string>(terms.begin(), terms.end()))
      ++counts_[term];
  }

  std::map<std::string, std::size_t> counts_;
  std::size_t passages_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Counts counts;
  for (int i = 1; i < argc; ++i) {
    for (const boost::json::value& row : read_rows(argv[i])) {
      if (const auto* text = row.as_object().if_contains("text")) counts.add(text->as_string());
      if (const auto* paragraphs = row.as_object().if_contains("paragraphs")) {
        for (const boost::json::value& paragraph : paragraphs->as_array())
          counts.add(paragraph.at("text").as_string());
      }
    }
  }
  counts.print();
  return 0;
}
