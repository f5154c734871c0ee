#pragma once

// Keeps the index of a passage store in step with its passages. All calls stand inside a
// transaction of the caller, who passes the same database every time.
//
// The tokens of a passage are stored with it; its place in a segment may come later. Until then it
// is pending: whoever asks the index looks through the tokens of the pending passages, those with
// ids above all segments.

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string_view>
#include <vector>

#include "muai/core/result.h"
#include "muai/store/database.h"
#include "store/segment_builder.h"
#include "store/segment_table.h"

namespace muai {

class IndexWriter {
 public:
  // Before the passages of a document, which must all come into one segment, because they are
  // removed together: writes a segment when too many passages are pending.
  Result<void> begin_document(Database& database);
  // Ids ascend from call to call. Returns the tokens that the caller stores with the passage, valid
  // until the next call.
  std::string_view add(std::int64_t passage_id, const IndexedText& text);
  // The passages of these ids, which are still stored, will be gone.
  Result<void> remove(Database& database, const IdRun& ids);
  // After a rollback: what is known in memory may never have been.
  void discard();

  // Passages that are in no segment.
  Result<std::int64_t> pending(Database& database);
  // Pending passages become a segment.
  Result<void> flush(Database& database);
  // All passages in one segment, without what was removed. Cancelled when `stop` fired.
  Result<void> tidy(Database& database, const std::stop_token& stop);
  // As if nothing had ever been added.
  Result<void> clear(Database& database);

 private:
  // The segment of all pending passages, growing.
  struct Growing {
    SegmentBuilder builder;
    SegmentPassages passages;
    std::vector<RemovedRun> removed;
  };
  bool is_full() const;
  // Takes up passages that an earlier process left pending.
  Result<void> begin_growing(Database& database);
  Result<void> write_pending(Database& database, std::int64_t level);
  Result<void> merge_full_levels(Database& database);

  std::unique_ptr<Growing> growing_;  // null until a passage is added, and after `discard`
};

}  // namespace muai
