#include "rag/naming.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "muai/text/tokens.h"

namespace muai {
namespace {

constexpr std::string_view kPathSeparator = " > ";

bool is_number(std::string_view term) {
  return term.find_first_not_of("0123456789.") == std::string_view::npos;
}

double exactness(std::string_view name, const AskedTerms& asked, const TermTable& table) {
  std::vector<std::uint64_t> terms;
  double idf = 0;
  std::size_t matched = 0;
  for_each_token(
      name,
      [&](const Token& token) {
        const std::uint64_t hash = hash_term(token.term);
        if (is_number(token.term) || std::ranges::find(terms, hash) != terms.end()) return;
        terms.push_back(hash);
        const std::size_t number = table.find(hash);
        if (number == TermTable::kNone) return;
        idf += asked.terms[number].idf;
        ++matched;
      },
      TokenOptions{.stop_words = StopWords::Drop});
  if (terms.empty()) return 0;
  return idf * static_cast<double>(matched) / static_cast<double>(terms.size());
}

}  // namespace

double naming_score(std::string_view title, std::string_view heading, const AskedTerms& asked,
                    const TermTable& table) {
  const std::size_t last = heading.rfind(kPathSeparator);
  if (last != std::string_view::npos) heading.remove_prefix(last + kPathSeparator.size());
  return std::max(exactness(title, asked, table), exactness(heading, asked, table));
}

}  // namespace muai
