#include "rag/phrases.h"

#include <algorithm>
#include <bit>

namespace muai {
namespace {

constexpr std::uint32_t kNeighboursMax = 64;  // later ones are ignored

std::uint64_t pair_of(std::uint32_t first, std::uint32_t second) {
  return (static_cast<std::uint64_t>(first) << 32 | second) + 1;
}

std::size_t place_of(std::uint64_t pair, std::size_t slots) {
  return (pair * 0x9e3779b97f4a7c15u >> 32) & (slots - 1);
}

}  // namespace

Phrases::Phrases(const AskedTerms& asked) {
  const std::size_t words = std::min<std::size_t>(asked.words.size(), kNeighboursMax + 1);
  slots_.resize(std::bit_ceil(4 * std::max<std::size_t>(words, 2)));
  for (std::size_t i = 1; i < words; ++i) {
    const std::uint64_t pair = pair_of(asked.words[i - 1], asked.words[i]);
    std::size_t at = place_of(pair, slots_.size());
    while (slots_[at].pair != 0 && slots_[at].pair != pair) at = (at + 1) & (slots_.size() - 1);
    if (slots_[at].pair == 0) slots_[at] = {pair, count_++};
  }
}

const Phrases::Slot* Phrases::find(std::uint64_t pair) const {
  std::size_t at = place_of(pair, slots_.size());
  while (slots_[at].pair != 0 && slots_[at].pair != pair) at = (at + 1) & (slots_.size() - 1);
  return slots_[at].pair == 0 ? nullptr : &slots_[at];
}

double Phrases::share_in(const TokenStream& passage) const {
  if (count_ == 0) return 0;
  std::uint64_t seen = 0;
  std::uint32_t before = 0;
  bool is_first = true;
  for (const TokenCode token : passage.field(Field::Body)) {
    if (token.is(TokenCode::SamePosition)) continue;
    if (!is_first) {
      const Slot* slot = find(pair_of(before, token.term()));
      if (slot != nullptr) seen |= std::uint64_t{1} << slot->number;
    }
    before = token.term();
    is_first = false;
  }
  return static_cast<double>(std::popcount(seen)) / count_;
}

}  // namespace muai
