#include "rag/naming.h"

#include <algorithm>
#include <cstddef>
#include <span>

namespace muai {
namespace {

double exactness(std::span<const TokenCode> name, const AskedTerms& asked, const TermTable& table) {
  double idf = 0;
  std::size_t matched = 0;
  std::size_t terms = 0;
  for (auto token = name.begin(); token != name.end(); ++token) {
    const bool is_repeated = std::ranges::any_of(
        name.begin(), token, [&](TokenCode before) { return before.term() == token->term(); });
    if (token->is(TokenCode::SaysNothing) || is_repeated) continue;
    ++terms;
    const std::size_t number = table.find(token->term());
    if (number == TermTable::kNone) continue;
    idf += asked.terms[number].idf;
    ++matched;
  }
  if (terms == 0) return 0;
  return idf * static_cast<double>(matched) / static_cast<double>(terms);
}

std::span<const TokenCode> last_part(std::span<const TokenCode> heading) {
  for (std::size_t i = heading.size(); i > 0; --i) {
    if (heading[i - 1].is(TokenCode::Begins)) return heading.subspan(i - 1);
  }
  return heading;
}

}  // namespace

double naming_score(const TokenStream& passage, const AskedTerms& asked, const TermTable& table) {
  return std::max(exactness(passage.field(Field::Title), asked, table),
                  exactness(last_part(passage.field(Field::Heading)), asked, table));
}

}  // namespace muai
