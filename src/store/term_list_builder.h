#pragma once

// Makes the term lists of a store by reading its passages twice: first the frequencies, roughly,
// then the lists of what may be frequent. Memory is that of the lists: about a sixth of the text.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "muai/store/term_lists.h"
#include "muai/store/token_stream.h"

namespace muai {

// Terms in fewer passages have no list: the full-text index gives them as fast.
inline constexpr std::size_t kListedPassagesMin = 64;

class TermListBuilder {
 public:
  // `passages`: about how many there will be.
  explicit TermListBuilder(std::size_t passages);

  // First every text is counted, then every text is added, in the order of their slots.
  void count(const IndexedText& text);
  // Returns the length of the body in tokens, as FTS5 counts.
  std::uint32_t add(const IndexedText& text);

  // After the last `add`: calls visit(term, passages, bytes) for each term that deserves a list.
  template <class Visit>
  void for_each_list(Visit&& visit) {
    for (Growing& list : lists_) {
      if (list.passages < kListedPassagesMin) continue;
      list.end_posting();
      visit(std::string_view(list.term), list.passages, std::string_view(list.bytes));
    }
  }

 private:
  struct Growing {
    std::string term;
    std::string bytes;
    std::uint32_t passages = 0;
    std::uint32_t slot = 0;  // of the posting that is being counted
    std::uint32_t slot_before = 0;
    FieldCounts counts;
    void end_posting();
  };
  struct Place {
    std::uint64_t hash = 0;
    std::uint32_t list = 0;  // number in lists_, plus one; 0: free
  };
  Place& place_of(std::uint64_t hash);
  void begin_list(std::string_view term, std::uint64_t hash);
  void add_field(std::string_view text, Field field);

  std::vector<std::uint32_t> counts_;  // occurrences by hash: never too few
  // Terms that occur often enough, by their whole hash: two terms of one hash would share a list,
  // which no collection of less than a billion terms need expect.
  std::vector<Place> places_;
  std::vector<Growing> lists_;
  std::uint32_t slot_ = 0;
  std::uint32_t length_ = 0;
};

}  // namespace muai
