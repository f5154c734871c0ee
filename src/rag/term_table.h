#pragma once

// TermTable: which of a few terms a token is, by the code of its term.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>
#include <vector>

#include "muai/store/token_stream.h"

namespace muai {

class TermTable {
 public:
  static constexpr std::size_t kNone = ~std::size_t{0};

  // `terms` are objects with a member `term` and `forms`, other terms that get its number. Of two
  // terms with one code the first is found.
  template <class Terms>
  explicit TermTable(const Terms& terms) {
    std::size_t count = 0;
    for (const auto& term : terms) count += 1 + term.forms.size();
    slots_.resize(std::bit_ceil(std::max<std::size_t>(4 * count, 16)));
    for (std::size_t i = 0; i < terms.size(); ++i) add(terms[i].term, i);
    for (std::size_t i = 0; i < terms.size(); ++i) {
      for (const auto& form : terms[i].forms) add(form, i);
    }
  }

  // The number of the term with this code (see TokenCode), or kNone.
  std::size_t find(std::uint32_t code) const {
    for (std::size_t at = code & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].number == kNone || slots_[at].code == code) return slots_[at].number;
    }
  }

 private:
  void add(std::string_view term, std::size_t number) {
    const std::uint32_t code = term_code(term);
    std::size_t at = code & (slots_.size() - 1);
    while (slots_[at].number != kNone) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = {code, number};
  }

  struct Slot {
    std::uint32_t code = 0;
    std::size_t number = kNone;
  };
  std::vector<Slot> slots_;
};

}  // namespace muai
