#include "rag/naming.h"

#include <algorithm>
#include <vector>

#include "muai/text/tokens.h"

namespace muai {
namespace {

constexpr double kNamingWeight = 0.4;
constexpr std::string_view kPathSeparator = " > ";

bool is_number(std::string_view term) {
  return term.find_first_not_of("0123456789.") == std::string_view::npos;
}

double exactness(std::string_view name, std::span<const TermScore> query) {
  std::vector<std::string> terms = analyse(name, {.stop_words = StopWords::Drop});
  std::erase_if(terms, is_number);
  std::ranges::sort(terms);
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  if (terms.empty()) return 0;
  double idf = 0;
  std::size_t matched = 0;
  for (const std::string& term : terms) {
    const auto asked = std::ranges::find(query, term, &TermScore::term);
    if (asked == query.end()) continue;
    idf += asked->idf;
    ++matched;
  }
  return idf * static_cast<double>(matched) / static_cast<double>(terms.size());
}

}  // namespace

double naming_score(std::string_view title, std::string_view heading,
                    std::span<const TermScore> terms) {
  const std::size_t last = heading.rfind(kPathSeparator);
  if (last != std::string_view::npos) heading.remove_prefix(last + kPathSeparator.size());
  return kNamingWeight * std::max(exactness(title, terms), exactness(heading, terms));
}

}  // namespace muai
