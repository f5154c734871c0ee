#pragma once

// Which neighbouring words of a query are neighbours in a passage too. Stop words take part: "in
// charge of" is more than "charge", and what a question shares with its answer is often such a
// turn.

#include <cstdint>
#include <vector>

#include "muai/store/token_stream.h"
#include "rag/query_terms.h"

namespace muai {

class Phrases {
 public:
  explicit Phrases(const AskedTerms& asked);

  // The share of the query's neighbours, 0 to 1, that stand so in the body; 0 for a query without
  // any. Linear in the tokens of the body. Thread-safe.
  double share_in(const TokenStream& passage) const;

 private:
  struct Slot {
    std::uint64_t pair = 0;  // 0: free
    std::uint32_t number = 0;
  };

  const Slot* find(std::uint64_t pair) const;

  std::vector<Slot> slots_;  // a power of two, at most a quarter of them used
  std::uint32_t count_ = 0;  // of different neighbours, at most 64
};

}  // namespace muai
