#pragma once

// Makes one segment of the index from passages that are added in order. In memory: eight bytes for
// each term of each passage, twice while the segment is written, and a hundred for each term.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/result.h"
#include "muai/store/postings.h"
#include "muai/store/token_stream.h"
#include "store/segment_entries.h"
#include "store/token_marks.h"

namespace muai {

// What is indexed of a passage; views.
struct IndexedText {
  std::string_view title;
  std::string_view heading;
  std::string_view body;
};

// The tokens of a passage by themselves.
TokenStream token_stream_of(const IndexedText& text);

class SegmentBuilder {
 public:
  SegmentBuilder();

  // The passage gets the next slot. The stream is valid until the next call.
  const TokenStream& add(const IndexedText& text);

  // By slot.
  std::span<const PassageLength> lengths() const { return lengths_; }
  // Positions in all passages, by field.
  const std::array<std::int64_t, kFieldCount>& totals() const { return totals_; }
  // Bytes in memory, about, when the segment is written.
  std::size_t bytes() const;

  // write(const SegmentEntry&) -> Result<void> for each term in order of code and term; a failure
  // ends it. The entry's views are valid during the call. Nothing may be added afterwards.
  template <class Write>
  Result<void> for_each_entry(Write write) {
    sort_postings();
    ListWriter list;
    for (std::size_t begin = 0; begin < postings_.size();) {
      const SegmentEntry entry = read_entry(begin, list);
      begin += entry.passages;
      MUAI_TRY_VOID(write(entry));
    }
    return {};
  }

 private:
  // What is touched for each token stands in one line of the cache.
  struct alignas(64) Term {
    std::string name;
    std::uint64_t hash = 0;
    std::uint32_t slots = 0;    // one more than the last slot that holds it
    std::uint32_t posting = 0;  // of that slot: its place in postings_
    TermKind kind = TermKind::Telling;

    bool is(std::string_view term, std::uint64_t term_hash) const {
      return hash == term_hash && name == term;
    }
  };
  struct Posting {
    std::uint32_t term;  // its number; after sort_postings its rank
    std::uint32_t slot_and_counts;
  };
  // Small, because there are millions of look-ups in many places.
  struct Place {
    std::uint32_t check = 0;  // the upper half of the hash; the lower one gave the place
    std::uint32_t term = 0;   // its number, plus one; 0: free
  };

  // A token of the field being read.
  struct Pending {
    std::uint64_t hash;
    std::uint32_t begin;  // of its term in pending_terms_
    std::uint32_t marks;
  };

  void add_field(std::string_view text, Field field);
  void read_tokens(std::string_view text, Field field);
  void find_terms();
  std::string_view pending_term(std::size_t number) const;
  // Most often right; what it says is checked when the term's counters are at hand.
  std::uint32_t likely_number(std::uint64_t hash) const;
  std::uint32_t number_of(std::string_view term, std::uint64_t hash);
  std::uint32_t add_term(std::string_view term, std::uint64_t hash, std::size_t place);
  void grow();
  void count(std::uint32_t term, Field field);
  void sort_postings();
  std::vector<std::uint32_t> rank_terms();
  SegmentEntry read_entry(std::size_t begin, ListWriter& list) const;

  std::vector<Place> places_;
  std::vector<Term> terms_;
  std::vector<Posting> postings_;      // in order of slots; after sort_postings of terms first
  std::vector<std::uint32_t> ranked_;  // numbers of the terms in order of code and name
  std::vector<Pending> pending_;
  std::string pending_terms_;
  std::vector<std::uint32_t> numbers_;  // of the pending tokens' terms
  std::vector<PassageLength> lengths_;
  std::array<std::int64_t, kFieldCount> totals_{};
  TokenStream stream_;
};

}  // namespace muai
