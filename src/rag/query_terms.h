#pragma once

// What a query asks for: its terms and which of them are neighbours.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace muai {

inline constexpr std::size_t kQueryBytesMax = 4096;  // what follows is ignored
inline constexpr std::size_t kQueryTermsMax = 96;    // later terms are ignored

struct AskedTerm {
  std::string term;
  double weight = 1;                    // how often the query says it
  bool is_extra = false;                // a CJK character that also stands in a bigram of the query
  std::vector<std::string> forms = {};  // other terms of the same word: "built" beside "build"
  std::string asked;                    // what the query said, when `term` is only spelt alike
  std::size_t passages = 0;             // that hold it; filled by the ranking, like `idf`
  double idf = 0;
};

struct AskedPair {
  std::size_t first = 0;  // numbers of two terms that are neighbours in the query
  std::size_t second = 0;
};

struct AskedTerms {
  std::vector<AskedTerm> terms;  // in order of their first occurrence, each once
  std::vector<AskedPair> pairs;  // of words, each once; CJK bigrams are neighbours by nature
  // All words in their order, stop words too, as codes (muai/store/token_stream.h); empty for a
  // query in CJK characters.
  std::vector<std::uint32_t> words;
};

// The terms of `query` without stop words, unless it holds nothing else. Bounded: see the
// constants.
AskedTerms asked_terms(std::string_view query);

// The terms that `keep` says, and the pairs between them.
template <class Keep>
AskedTerms filtered(const AskedTerms& query, Keep keep) {
  AskedTerms kept;
  kept.words = query.words;
  std::vector<std::size_t> new_number(query.terms.size(), query.terms.size());
  for (std::size_t i = 0; i < query.terms.size(); ++i) {
    if (!keep(query.terms[i])) continue;
    new_number[i] = kept.terms.size();
    kept.terms.push_back(query.terms[i]);
  }
  for (const AskedPair& pair : query.pairs) {
    const AskedPair renumbered{new_number[pair.first], new_number[pair.second]};
    if (renumbered.first < query.terms.size() && renumbered.second < query.terms.size()) {
      kept.pairs.push_back(renumbered);
    }
  }
  return kept;
}

}  // namespace muai
