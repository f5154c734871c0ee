#pragma once

// Many phrases looked for at once, in one pass over the text.

#include <array>
#include <bitset>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace muai {

// Phrases of two bytes or more come in at most 32 groups; what is asked is which groups occur.
// Views the phrases, which must outlive it. Not changed by looking, so that threads may share it.
class PhraseFinder {
 public:
  explicit PhraseFinder(std::initializer_list<std::span<const std::string_view>> groups);
  PhraseFinder() = default;

  // Before threads share it.
  void add(std::string_view phrase, std::uint32_t group);

  // Bit i is set when a phrase of group i occurs in `text`, in the case as given.
  std::uint32_t groups_in(std::string_view text) const;

  // How many different phrases of group `group` occur in `text`.
  std::size_t count_in(std::string_view text, std::size_t group) const;

 private:
  struct Phrase {
    std::string_view text;
    std::uint32_t group;
    std::uint32_t number;
  };
  static std::size_t pair_of(char first, char second) {
    return static_cast<std::size_t>(static_cast<unsigned char>(first)) << 8 |
           static_cast<unsigned char>(second);
  }
  template <class Sink>
  void for_each_in(std::string_view text, Sink sink) const;

  std::array<std::vector<Phrase>, 256> by_first_byte_;
  std::bitset<65536> begins_;  // the first two bytes of phrases: few places in a text have any
  std::uint32_t count_ = 0;
};

}  // namespace muai
