#pragma once

// How a segment of the index is written: one entry for each term, in order of code and term, cut
// into blocks of about a page. An entry is
//
//   code, passages, bytes of the list: 4 bytes each; bytes of the term: 1; the term; the list
//
// least significant byte first. Entries of one code are never in two blocks, so that a block is
// found by its first code.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "muai/core/result.h"
#include "muai/store/postings.h"

namespace muai {

struct SegmentEntry {
  std::uint32_t code = 0;
  std::uint32_t passages = 0;
  std::string_view term;
  std::string_view list;
};

void append_entry(std::string& bytes, const SegmentEntry& entry);

// A list in the making. Postings are added in order of slots.
class ListWriter {
 public:
  void clear() {
    size_ = 0;
    before_ = 0;
  }
  void add(std::uint32_t slot, FieldCounts counts) {
    if (bytes_.size() - size_ < kPostingBytesMax) bytes_.resize(2 * bytes_.size());
    char* at = bytes_.data() + size_;
    const std::uint32_t step = slot - before_;
    before_ = slot;
    if (step < PostingList::kLongStep) {
      *at++ = static_cast<char>(step);
    } else {
      *at++ = static_cast<char>(PostingList::kLongStep);
      std::memcpy(at, &step, sizeof step);
      at += sizeof step;
    }
    *at++ = static_cast<char>(counts.packed());
    size_ = static_cast<std::size_t>(at - bytes_.data());
  }
  bool is_empty() const { return size_ == 0; }
  // Valid until the next call that changes the list.
  std::string_view bytes() const { return {bytes_.data(), size_}; }

 private:
  static constexpr std::size_t kPostingBytesMax = 6;
  std::vector<char> bytes_ = std::vector<char>(1024);
  std::size_t size_ = 0;
  std::uint32_t before_ = 0;
};

// Reads the entries of a block one after the other.
class EntryReader {
 public:
  explicit EntryReader(std::string_view block) : rest_(block) {}
  // False at the end. Corrupt when the bytes are no entry.
  Result<bool> next();
  const SegmentEntry& entry() const { return entry_; }

 private:
  std::string_view rest_;
  SegmentEntry entry_;
};

struct EntryBlock {
  std::uint32_t first_code = 0;
  std::string entries;
};

// Cuts entries, given in their order, into blocks.
class BlockCutter {
 public:
  // The block before `entry`, when that is full.
  std::optional<EntryBlock> add(const SegmentEntry& entry);
  // What is left; empty when nothing was added.
  EntryBlock finish() { return std::exchange(growing_, {}); }

 private:
  EntryBlock growing_;
  std::uint32_t last_code_ = 0;
};

}  // namespace muai
