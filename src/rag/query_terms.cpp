#include "rag/query_terms.h"

#include <algorithm>
#include <map>

#include "model/word_forms.h"
#include "muai/store/token_stream.h"
#include "muai/text/language.h"
#include "muai/text/tokens.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

// One character of Chinese, Japanese or Korean.
bool is_single_cjk(std::string_view term) {
  const CodePoint first = decode_utf8(term, 0);
  return first.size == term.size() && is_cjk(first.value);
}

struct QueryToken {
  std::string term;
  ByteSpan span;
  bool same_position;
};

// The tokens that say something. A Chinese stop word such as 什么 also takes the bigrams that
// begin or end inside it: they are accidents of its neighbours.
std::vector<QueryToken> telling_tokens(std::string_view query) {
  std::vector<QueryToken> tokens;
  std::vector<ByteSpan> stop_spans;
  for_each_token(
      query,
      [&](const Token& token) {
        if (!is_stop_word(token.term)) {
          tokens.push_back({std::string(token.term), token.span, token.same_position});
        } else if (has_cjk(token.term) && !is_single_cjk(token.term)) {
          stop_spans.push_back(token.span);
        }
      },
      TokenOptions{.cjk_unigrams = CjkUnigrams::All, .stop_words = StopWords::Keep});
  std::erase_if(tokens, [&](const QueryToken& token) {
    return std::ranges::any_of(stop_spans, [&](const ByteSpan& stop) {
      return token.span.begin < stop.end && stop.begin < token.span.end;
    });
  });
  return tokens;
}

std::vector<QueryToken> all_tokens(std::string_view query) {
  std::vector<QueryToken> tokens;
  for_each_token(
      query,
      [&](const Token& token) {
        tokens.push_back({std::string(token.term), token.span, token.same_position});
      },
      TokenOptions{.cjk_unigrams = CjkUnigrams::All, .stop_words = StopWords::Keep});
  return tokens;
}

// Other forms of each word, unless the query says them too.
void add_forms(AskedTerms& asked) {
  for (AskedTerm& term : asked.terms) {
    for (const std::string_view form : other_forms(term.term)) {
      const bool is_asked = std::ranges::any_of(
          asked.terms, [&](const AskedTerm& other) { return other.term == form; });
      if (!is_asked) term.forms.emplace_back(form);
    }
  }
}

// The codes of the words of `tokens`, none when one of them is CJK.
std::vector<std::uint32_t> words_of(const std::vector<QueryToken>& tokens) {
  std::vector<std::uint32_t> words;
  for (const QueryToken& token : tokens) {
    if (has_cjk(token.term)) return {};
    if (!token.same_position) words.push_back(term_code(token.term));
  }
  return words;
}

}  // namespace

AskedTerms asked_terms(std::string_view query) {
  query = query.substr(0, boundary_before(query, kQueryBytesMax));
  std::vector<QueryToken> tokens = telling_tokens(query);
  const std::vector<QueryToken> all = all_tokens(query);
  if (tokens.empty()) tokens = all;
  AskedTerms analysed;
  analysed.words = words_of(all);
  std::map<std::string, std::size_t, std::less<>> numbers;
  std::vector<std::size_t> sequence;
  for (const QueryToken& token : tokens) {
    const auto known = numbers.find(token.term);
    if (known == numbers.end() && analysed.terms.size() >= kQueryTermsMax) continue;
    const bool extra = token.same_position && is_single_cjk(token.term);
    std::size_t number = analysed.terms.size();
    if (known == numbers.end()) {
      numbers.emplace(token.term, number);
      analysed.terms.push_back({.term = token.term, .is_extra = extra});
    } else {
      number = known->second;
      if (!extra) analysed.terms[number].weight += 1;
    }
    if (!token.same_position) sequence.push_back(number);
  }
  for (std::size_t i = 1; i < sequence.size(); ++i) {
    const AskedPair pair{sequence[i - 1], sequence[i]};
    const bool known = std::ranges::any_of(analysed.pairs, [&](const AskedPair& other) {
      return other.first == pair.first && other.second == pair.second;
    });
    const bool is_cjk =
        has_cjk(analysed.terms[pair.first].term) || has_cjk(analysed.terms[pair.second].term);
    if (pair.first != pair.second && !known && !is_cjk) analysed.pairs.push_back(pair);
  }
  add_forms(analysed);
  return analysed;
}

}  // namespace muai
