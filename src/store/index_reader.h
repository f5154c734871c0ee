#pragma once

// Answers of the index. All calls of one question stand inside one read transaction of the caller,
// begun before `refresh`.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "muai/core/result.h"
#include "muai/store/database.h"
#include "muai/store/postings.h"
#include "muai/store/token_stream.h"

namespace muai {

class IndexReader {
 public:
  // Reads what is kept in memory again when another index is in the file than the last time.
  Result<void> refresh(Database& database);
  // Until `unpin`, the file cannot change for this reader: one look is enough.
  Result<void> pin(Database& database);
  void unpin() { is_pinned_ = false; }
  // After a rollback: what was read inside the transaction never was.
  void forget() { generation_ = -1; }

  const PassageSlots& slots() const { return slots_; }
  // Without what was removed.
  const IndexSizes& sizes() const { return sizes_; }

  Result<TermPostings> find(Database& database, std::string_view term);
  // The term of this code that most passages hold; nothing when there is none.
  Result<std::optional<TermCount>> find_code(Database& database, std::uint32_t code);
  Result<std::vector<TermCount>> with_prefix(Database& database, std::string_view prefix,
                                             std::size_t limit);
  Result<std::optional<TokenStream>> tokens_of(Database& database, std::int64_t passage_id);

 private:
  struct SegmentPlace {
    std::int64_t id;
    std::uint32_t first_slot;
    std::uint32_t slots;
  };
  // A passage that is in no segment yet.
  struct PendingPassage {
    std::uint32_t slot;
    TokenStream tokens;
  };
  Result<void> read_index(Database& database);
  Result<void> read_segments_into_slots(Database& database, std::array<std::int64_t, 3>& totals);
  Result<void> read_pending(Database& database, std::array<std::int64_t, 3>& totals);
  void find_pending(std::uint32_t code, TermPostings& postings) const;
  // visit(const SegmentEntry&) for the entries of `segment` with this code.
  template <class Visit>
  Result<void> for_each_entry(Database& database, std::int64_t segment, std::uint32_t code,
                              Visit visit);

  bool is_pinned_ = false;
  std::int64_t generation_ = -1;  // of the index in memory
  std::vector<SegmentPlace> segments_;
  std::vector<PendingPassage> pending_;
  PassageSlots slots_;
  IndexSizes sizes_;
  std::optional<Statement> read_generation_;
  std::optional<Statement> read_block_;
  std::optional<Statement> read_tokens_;
};

}  // namespace muai
