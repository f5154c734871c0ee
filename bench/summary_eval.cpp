// Summaries as predictions for an outside scorer:
//
//   bench_summary_eval DATA [SENTENCES | SHARE%] [SET] > predictions.jsonl
//
// Writes {"id", "text"}, a sentence a line in the order of the text. Each summary has SENTENCES
// sentences (3), or as many as fit into SHARE percent of the text's characters. SET keeps the
// rows whose "set" it is.
//
// DATA is JSONL, plain or .gz: {"id", "set", "text"}.

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <iostream>
#include <limits>
#include <string>

#include "bench/json_rows.h"
#include "muai/model/extractive.h"
#include "muai/steps/cited_answer.h"
#include "muai/text/utf8.h"

namespace {

using namespace muai;

// "3" or "40%".
SummaryOptions options_for(const std::string& length, std::string_view text) {
  constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();
  const std::size_t number = std::stoul(length);
  if (!length.ends_with('%')) return {.code_points_max = kAny, .sentences_max = number};
  return {.code_points_max = count_code_points(text) * number / 100, .sentences_max = kAny};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) {
    std::fprintf(stderr, "usage: bench_summary_eval DATA [SENTENCES | SHARE%%] [SET]\n");
    return 2;
  }
  const std::string length = argc > 2 ? argv[2] : "3";
  const std::string set = argc > 3 ? argv[3] : "";
  for (const boost::json::value& row : read_rows(argv[1])) {
    if (!set.empty() && row.at("set").as_string() != set) continue;
    const std::string text(row.at("text").as_string());
    std::string lines;
    for (const RankedSentence& sentence : summarise({}, {.text = text}, options_for(length, text)))
      lines += fold_blanks(text.substr(sentence.span.begin, sentence.span.size())) + "\n";
    write_row(std::cout, {{"id", row.at("id")}, {"text", lines}});
  }
  return 0;
}
