#pragma once

// Term lists: for each term that many passages hold, those passages in one compact list, so that a
// query of frequent words reads a few kilobytes instead of walking the full-text index.
//
// They are derived from the stored passages when a store settles, and speak of the passages that
// were stored then; later ones are found in the full-text index, removed ones are named. A term
// without a list is a rare one. Plain values.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace muai {

// The indexed parts of a passage.
enum class Field : std::uint8_t { Title, Heading, Body };
inline constexpr std::size_t kFieldCount = 3;

// The passages that the lists speak of. A passage's place in `ids` is its slot.
struct ListedPassages {
  std::vector<std::int64_t> ids;       // ascending
  std::vector<std::uint16_t> lengths;  // of the body in tokens, at most 65535
  std::vector<std::uint32_t> removed;  // slots whose passage is gone
  std::int64_t last_id = 0;            // passages with a greater id are not listed
};

// How often a term occurs in the fields of one passage, in a byte: up to 15 times in the body, 3
// times each in heading and title. More is counted as that, where a term's weight is saturated.
class FieldCounts {
 public:
  constexpr FieldCounts() = default;
  constexpr explicit FieldCounts(std::uint8_t packed) : packed_(packed) {}

  constexpr std::uint8_t packed() const { return packed_; }
  constexpr std::array<std::uint32_t, kFieldCount> by_field() const {
    return {static_cast<std::uint32_t>(packed_ >> 6), (packed_ >> 4) & 3u, packed_ & 15u};
  }
  constexpr void add_one(Field field) {
    const auto number = static_cast<std::size_t>(field);
    if (by_field()[number] < kMax[number]) packed_ += kUnit[number];
  }

 private:
  static constexpr std::array<std::uint8_t, kFieldCount> kUnit{64, 16, 1};
  static constexpr std::array<std::uint32_t, kFieldCount> kMax{3, 3, 15};
  std::uint8_t packed_ = 0;
};

class TermList {
 public:
  TermList() = default;
  // `bytes` as append_posting made them; damaged ones give fewer or other postings, no failure.
  TermList(std::size_t passages, std::string bytes)
      : passages_(passages), bytes_(std::move(bytes)) {}

  // Passages in the list.
  std::size_t passages() const { return passages_; }

  // visit(std::uint32_t slot, FieldCounts) in order of slots.
  template <class Visit>
  void for_each(Visit&& visit) const {
    const auto* at = reinterpret_cast<const std::uint8_t*>(bytes_.data());
    const auto* end = at + bytes_.size();
    std::uint32_t slot = 0;
    while (end - at >= 2) {
      std::uint32_t step = *at++;
      if (step == kLongStep) {
        if (end - at < 5) return;
        step = static_cast<std::uint32_t>(at[0]) | static_cast<std::uint32_t>(at[1]) << 8 |
               static_cast<std::uint32_t>(at[2]) << 16 | static_cast<std::uint32_t>(at[3]) << 24;
        at += 4;
      }
      slot += step;
      visit(slot, FieldCounts(*at++));
    }
  }

  // A posting is the step from the slot before in one byte, or 255 and the step in four, least
  // significant first, and then the counts.
  static constexpr std::uint8_t kLongStep = 255;

 private:
  std::size_t passages_ = 0;
  std::string bytes_;
};

}  // namespace muai
