#pragma once

// Near-duplicates among the hits of one search: the same page under two names, a footer that
// every page repeats.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace muai {

// Texts that were shown, best first. Two texts are near-duplicates when their scores are close
// (they hold the same query words equally often) and at least nine tenths of their word triples
// are shared. Comparing scores first keeps the common case free.
class SimilarTexts {
 public:
  // Remembers `text` and returns true, unless it is a near-duplicate of one that was added.
  // Scores must not increase from call to call.
  bool add_if_new(std::string_view text, double score);

 private:
  struct Shown {
    double score;
    std::string text;
    std::vector<std::uint64_t> triples;  // hashes, sorted, each once; made when first needed
  };
  std::vector<Shown> shown_;
};

}  // namespace muai
