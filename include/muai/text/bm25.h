#pragma once

// BM25 over a small set of passages in memory: the sentences of some pages, the pages of a
// search. Large collections are the store's matter.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace muai {

struct Bm25Options {
  double k1 = 1.2;  // how soon a repeated term stops counting more; >= 0
  double b = 0.75;  // how much a long passage is discounted; 0 to 1
};

// Term statistics of the passages added so far. Scoring is const and thread-safe once adding has
// ended; adding is not.
//
//   score(q, d) = sum over t in q of  idf(t) * tf * (k1 + 1) / (tf + k1 * (1 - b + b * |d|/avg))
//   idf(t)      = ln(1 + (N - n + 0.5) / (n + 0.5))
//
// Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009),
// equation 3.15; the 1 inside the logarithm keeps idf positive for terms in most passages, as
// Lucene does. A term that the query repeats counts each time.
class Bm25 {
 public:
  explicit Bm25(Bm25Options options = {}) : options_(options) {}

  // Adds a passage by its terms (muai/text/tokens.h) and returns its number: 0, 1, 2, ...
  std::size_t add(std::span<const std::string> terms);

  std::size_t size() const { return lengths_.size(); }
  std::size_t passages_with(std::string_view term) const;
  double idf(std::string_view term) const;

  // The score of each passage for the query's terms, by passage number; 0 where none occurs.
  std::vector<double> scores(std::span<const std::string> query) const;

 private:
  struct Posting {
    std::uint32_t passage;
    std::uint32_t count;
  };
  struct TermHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view term) const {
      return std::hash<std::string_view>{}(term);
    }
  };

  double idf_of(std::size_t passages) const;

  Bm25Options options_;
  std::unordered_map<std::string, std::vector<Posting>, TermHash, std::equal_to<>> postings_;
  std::vector<std::uint32_t> lengths_;
  std::uint64_t terms_total_ = 0;
};

}  // namespace muai
