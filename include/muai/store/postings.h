#pragma once

// What the index answers: which passages hold a term, and how often.
//
// A passage has a slot, a small number in the order of passages, so that scores can be kept in an
// array. Slots change whenever the index does. Plain values.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muai {

// The indexed parts of a passage.
enum class Field : std::uint8_t { Title, Heading, Body };
inline constexpr std::size_t kFieldCount = 3;

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

// The passages of one segment of the index that hold a term. A posting is the step from the slot
// before in one byte, or 255 and the step in four, least significant first; then the counts.
class PostingList {
 public:
  PostingList(std::uint32_t first_slot, std::uint32_t slots, std::string bytes)
      : first_slot_(first_slot), slots_(slots), bytes_(std::move(bytes)) {}

  // visit(std::uint32_t slot, FieldCounts) in order of slots. Damaged bytes give fewer or other
  // postings, never a slot of another segment.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for_each_posting(bytes_, [&](std::uint32_t slot, FieldCounts counts) {
      if (slot < slots_) visit(first_slot_ + slot, counts);
    });
  }

  // The same over plain bytes, with slots of the segment.
  template <class Visit>
  static void for_each_posting(std::string_view bytes, Visit&& visit) {
    const auto* at = reinterpret_cast<const std::uint8_t*>(bytes.data());
    const auto* end = at + bytes.size();
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

  static constexpr std::uint8_t kLongStep = 255;

 private:
  std::uint32_t first_slot_;
  std::uint32_t slots_;
  std::string bytes_;
};

// All passages that hold a term. Removed ones are counted and visited until the index is tidied.
struct TermPostings {
  std::size_t passages = 0;
  std::vector<PostingList> lists;  // by segment, in order of slots
};

// A term and in how many passages it occurs.
struct TermCount {
  std::string term;
  std::size_t passages = 0;
};

// Sizes of the whole index.
struct IndexSizes {
  std::size_t passages = 0;
  std::array<double, kFieldCount> mean_length{};  // in positions
};

enum class Script : std::uint8_t { Other, Cjk };  // Chinese, Japanese or Korean characters

// What a ranking asks of a passage before it reads it: how long its body is, in positions (at most
// 32767), and in which script most of it stands.
class PassageLength {
 public:
  constexpr PassageLength() = default;
  constexpr PassageLength(std::uint32_t length, Script script)
      : bits_(static_cast<std::uint16_t>((length < kMax ? length : kMax) |
                                         (script == Script::Cjk ? kCjk : 0))) {}

  constexpr std::uint16_t length() const { return bits_ & kMax; }
  constexpr Script script() const { return (bits_ & kCjk) != 0 ? Script::Cjk : Script::Other; }
  friend constexpr bool operator==(PassageLength, PassageLength) = default;

 private:
  static constexpr std::uint16_t kMax = 0x7fff;
  static constexpr std::uint16_t kCjk = 0x8000;
  std::uint16_t bits_ = 0;
};

// Which passage has which slot.
class PassageSlots {
 public:
  std::uint32_t count() const { return static_cast<std::uint32_t>(lengths_.size()); }
  // By slot.
  std::span<const PassageLength> lengths() const { return lengths_; }
  std::uint16_t longest() const { return longest_; }
  // Slots whose passage is gone, ascending.
  std::span<const std::uint32_t> removed() const { return removed_; }

  std::int64_t id_of(std::uint32_t slot) const;
  std::optional<std::uint32_t> slot_of(std::int64_t passage_id) const;

  // Passages with ids of their own from `first_id` on, behind all others.
  void append(std::int64_t first_id, std::span<const PassageLength> lengths);
  // Those of `count` ids from `first_id` on that have a slot are gone.
  void remove(std::int64_t first_id, std::int64_t count);

 private:
  struct Run {
    std::int64_t first_id;
    std::uint32_t first_slot;
    std::uint32_t count;
  };
  std::vector<Run> runs_;
  std::vector<PassageLength> lengths_;
  std::uint16_t longest_ = 0;
  std::vector<std::uint32_t> removed_;
};

}  // namespace muai
