#pragma once

// The segments of an index as tables of a database.
//
//   segments        one row each, with the passages it speaks of: the last id, runs of (first id,
//                   count) as int64, their PassageLengths as uint16, sums of all lengths
//   segment_blocks  entries (segment_entries.h); id = segment * 2^32 + first code
//   spelling_terms  when the index was last tidied, its terms of a to z in order of bytes: blocks
//                   of (bytes of the term: 1, the term, passages: 4) by their first term
//   removed_passages  runs of ids that are gone but still spoken of, with the sums of their lengths

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "muai/core/result.h"
#include "muai/store/database.h"
#include "muai/store/postings.h"
#include "store/segment_entries.h"

namespace muai {

struct IdRun {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

using FieldTotals = std::array<std::int64_t, kFieldCount>;

// What a segment speaks of. Slots are given to the runs in order.
struct SegmentPassages {
  std::vector<IdRun> runs;
  std::vector<PassageLength> lengths;
  FieldTotals totals{};

  // One more, with an id above all before it.
  void add(std::int64_t id, PassageLength length);

  std::int64_t first() const { return runs.front().first; }
  std::int64_t last() const { return runs.back().first + runs.back().count - 1; }
};

struct SegmentRow {
  std::int64_t id = 0;
  std::int64_t level = 0;
  SegmentPassages passages;
};

struct RemovedRun {
  IdRun ids;
  FieldTotals totals{};
};

// In order of their passages. Corrupt when a row contradicts itself.
Result<std::vector<SegmentRow>> read_segments(Database& database);
// The greatest id that a segment speaks of; passages with greater ones are pending.
Result<std::int64_t> last_in_segments(Database& database);
// In order of ids.
Result<std::vector<RemovedRun>> read_removed(Database& database);
// Notes that passages of a segment are gone.
Result<void> write_removed(Database& database, const RemovedRun& run);

// The first possible id of a block of `segment`.
constexpr std::int64_t first_block_id(std::int64_t segment) { return segment << 32; }

// Writes one segment. Whoever began it inside a transaction must finish it or roll back.
class SegmentWriter {
 public:
  static Result<SegmentWriter> begin(Database& database, std::int64_t level);

  // In order of code and term.
  Result<void> add(const SegmentEntry& entry);
  Result<void> finish(const SegmentPassages& passages);

  // The level of a segment that stands for the whole index: its terms are those of spelling too.
  static constexpr std::int64_t kTidyLevel = 1000;

 private:
  SegmentWriter(Database& database, std::int64_t id, std::int64_t level, Statement insert)
      : database_(&database), id_(id), level_(level), insert_(std::move(insert)) {}
  Result<void> write(const EntryBlock& block);
  Result<void> write_spelling();

  Database* database_;
  std::int64_t id_;
  std::int64_t level_;
  Statement insert_;
  BlockCutter cutter_;
  std::vector<TermCount> terms_;  // of a to z, of a tidy segment
};

Result<void> delete_segment(Database& database, std::int64_t id);

// Every reader sees by it that the index is another one.
Result<void> mark_index_changed(Database& database);

}  // namespace muai
