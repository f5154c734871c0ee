#include "store/index_check.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "muai/store/token_stream.h"
#include "store/segment_table.h"

namespace muai {
namespace {

Error mismatch() {
  return Error(ErrorCode::Corrupt,
               "the index does not match the stored passages; remove the collection and add its "
               "files again");
}

bool is_removed(const std::vector<RemovedRun>& removed, std::int64_t id) {
  const auto behind = std::ranges::upper_bound(removed, id, {},
                                               [](const RemovedRun& run) { return run.ids.first; });
  if (behind == removed.begin()) return false;
  const IdRun& run = std::prev(behind)->ids;
  return id < run.first + run.count;
}

// The passages that are stored, with their tokens, in order of ids.
class StoredTokens {
 public:
  static Result<StoredTokens> open(Database& database) {
    MUAI_TRY(Statement query, database.prepare("SELECT id, tokens FROM passages ORDER BY id"));
    return StoredTokens(std::move(query));
  }

  // False: the next passage is another one, or has not as many tokens.
  Result<bool> next_is(std::int64_t id, PassageLength length) {
    MUAI_TRY(const bool row, query_.step());
    if (!row || query_.integer(0) != id) return false;
    return length == TokenStream::from_bytes(query_.text(1)).passage_length();
  }

  // All that are left, which are in no segment, have ids above `last`.
  Result<bool> rest_is_pending(std::int64_t last) {
    for (;;) {
      MUAI_TRY(const bool row, query_.step());
      if (!row) return true;
      if (query_.integer(0) <= last) return false;
    }
  }

 private:
  explicit StoredTokens(Statement query) : query_(std::move(query)) {}
  Statement query_;
};

// The passages that the segments speak of are those that are stored.
Result<void> check_passages(Database& database, const std::vector<SegmentRow>& segments) {
  MUAI_TRY(const std::vector<RemovedRun> removed, read_removed(database));
  MUAI_TRY(StoredTokens stored, StoredTokens::open(database));
  std::int64_t last = 0;
  for (const SegmentRow& segment : segments) {
    std::size_t slot = 0;
    if (segment.passages.first() <= last) return std::unexpected(mismatch());
    last = segment.passages.last();
    for (const IdRun& run : segment.passages.runs) {
      for (std::int64_t id = run.first; id < run.first + run.count; ++id, ++slot) {
        if (is_removed(removed, id)) continue;
        MUAI_TRY(const bool is_there, stored.next_is(id, segment.passages.lengths[slot]));
        if (!is_there) return std::unexpected(mismatch());
      }
    }
  }
  MUAI_TRY(const bool is_pending, stored.rest_is_pending(last));
  if (!is_pending) return std::unexpected(mismatch());
  return {};
}

bool is_list_whole(const SegmentEntry& entry, std::size_t slots) {
  std::size_t postings = 0;
  bool is_whole = true;
  std::uint32_t last = 0;
  PostingList::for_each_posting(entry.list, [&](std::uint32_t slot, FieldCounts counts) {
    is_whole &= slot < slots && counts.packed() > 0 && (postings == 0 || slot > last);
    last = slot;
    ++postings;
  });
  return is_whole && postings == entry.passages;
}

Result<void> check_lists(Database& database, const SegmentRow& segment) {
  MUAI_TRY(Statement blocks, database.prepare("SELECT id, entries FROM segment_blocks WHERE id >= "
                                              "?1 AND id < ?2 ORDER BY id"));
  blocks.bind(1, first_block_id(segment.id)).bind(2, first_block_id(segment.id + 1));
  std::uint32_t code = 0;
  std::string term;
  for (;;) {
    MUAI_TRY(const bool row, blocks.step());
    if (!row) return {};
    EntryReader reader(blocks.text(1));
    bool is_first = true;
    for (;;) {
      MUAI_TRY(const bool more, reader.next());
      if (!more) break;
      const SegmentEntry& entry = reader.entry();
      const bool is_in_order = entry.code > code || (entry.code == code && entry.term > term);
      const bool is_in_place =
          !is_first || blocks.integer(0) == first_block_id(segment.id) + entry.code;
      if (!is_in_order || !is_in_place || entry.code != term_code(entry.term) ||
          !is_list_whole(entry, segment.passages.lengths.size())) {
        return std::unexpected(mismatch());
      }
      code = entry.code;
      term = entry.term;
      is_first = false;
    }
  }
}

}  // namespace

Result<void> check_index(Database& database) {
  MUAI_TRY(const std::vector<SegmentRow> segments, read_segments(database));
  MUAI_TRY_VOID(check_passages(database, segments));
  for (const SegmentRow& segment : segments) MUAI_TRY_VOID(check_lists(database, segment));
  MUAI_TRY(Statement differences,
           database.prepare(
               "SELECT (SELECT count(*) FROM documents d WHERE d.passages <> (SELECT count(*) FROM "
               "passages p WHERE p.id >= d.first_passage AND p.id < d.first_passage + d.passages "
               "AND p.document = d.id)) + (SELECT count(*) FROM passages WHERE document NOT IN "
               "(SELECT id FROM documents)) + ((SELECT value FROM counters WHERE name = "
               "'passages') <> (SELECT count(*) FROM passages))"));
  MUAI_TRY_VOID(differences.step());
  if (differences.integer(0) != 0) return std::unexpected(mismatch());
  return {};
}

}  // namespace muai
