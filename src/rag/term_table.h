#pragma once

// TermTable: which of a few terms a token is, by the code of its term.

#include <cstdint>
#include <vector>

#include "muai/store/token_stream.h"

namespace muai {

class TermTable {
 public:
  static constexpr std::size_t kNone = ~std::size_t{0};

  // `terms` are objects with a member `term`. Of two terms with one code the first is found.
  template <class Terms>
  explicit TermTable(const Terms& terms) {
    std::size_t size = 16;
    while (size < 4 * terms.size()) size *= 2;
    slots_.resize(size);
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const std::uint32_t code = term_code(terms[i].term);
      std::size_t at = code & (size - 1);
      while (slots_[at].number != kNone) at = (at + 1) & (size - 1);
      slots_[at] = {code, i};
    }
  }

  // The number of the term with this code (see TokenCode), or kNone.
  std::size_t find(std::uint32_t code) const {
    for (std::size_t at = code & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].number == kNone || slots_[at].code == code) return slots_[at].number;
    }
  }

 private:
  struct Slot {
    std::uint32_t code = 0;
    std::size_t number = kNone;
  };
  std::vector<Slot> slots_;
};

}  // namespace muai
