// A log-structured merge: as soon as kFanIn neighbouring segments of one level are there, they
// become one of the next. A term is so written a few times in all, however the passages came, and a
// query looks into few segments.

#include "store/index_writer.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "muai/core/check.h"
#include "muai/store/token_stream.h"
#include "store/segment_merge.h"

namespace muai {
namespace {

constexpr std::size_t kFanIn = 16;
// During a long import a query pays half a microsecond for each of them.
constexpr std::size_t kPendingMax = 1 << 15;
constexpr std::size_t kGrowingBytesMax = 96 << 20;

void add_lengths(const TokenStream& tokens, FieldTotals& totals) {
  for (std::size_t field = 0; field < kFieldCount; ++field) {
    totals[field] += tokens.length(static_cast<Field>(field));
  }
}

}  // namespace

Result<void> IndexWriter::begin_document(Database& database) {
  if (is_full()) MUAI_TRY_VOID(flush(database));
  return growing_ ? Result<void>() : begin_growing(database);
}

std::string_view IndexWriter::add(std::int64_t passage_id, const IndexedText& text) {
  MUAI_CHECK(growing_ != nullptr);
  const TokenStream& tokens = growing_->builder.add(text);
  growing_->passages.add(passage_id, growing_->builder.lengths().back());
  return tokens.bytes();
}

bool IndexWriter::is_full() const {
  return growing_ && (growing_->passages.lengths.size() >= kPendingMax ||
                      growing_->builder.bytes() >= kGrowingBytesMax);
}

Result<void> IndexWriter::begin_growing(Database& database) {
  MUAI_TRY(const std::int64_t last, last_in_segments(database));
  MUAI_TRY(
      Statement rows,
      database.prepare("SELECT p.id, d.title, p.heading, p.text, p.id = d.first_passage FROM "
                       "passages p JOIN documents d ON d.id = p.document WHERE p.id > ?1 ORDER BY "
                       "p.id"));
  rows.bind(1, last);
  growing_ = std::make_unique<Growing>();
  for (;;) {
    MUAI_TRY(const bool row, rows.step());
    if (!row) return {};
    const bool begins_document = rows.integer(4) != 0;
    if (begins_document && is_full()) {
      MUAI_TRY_VOID(write_pending(database, 0));
      growing_ = std::make_unique<Growing>();
    }
    growing_->builder.add({rows.text(1), rows.text(2), rows.text(3)});
    growing_->passages.add(rows.integer(0), growing_->builder.lengths().back());
  }
}

void IndexWriter::discard() { growing_.reset(); }

Result<std::int64_t> IndexWriter::pending(Database& database) {
  MUAI_TRY(const std::int64_t last, last_in_segments(database));
  MUAI_TRY(Statement count, database.prepare("SELECT count(*) FROM passages WHERE id > ?1"));
  MUAI_TRY_VOID(count.bind(1, last).step());
  return count.integer(0);
}

Result<void> IndexWriter::flush(Database& database) {
  MUAI_TRY_VOID(write_pending(database, 0));
  return merge_full_levels(database);
}

Result<void> IndexWriter::write_pending(Database& database, std::int64_t level) {
  if (!growing_) MUAI_TRY_VOID(begin_growing(database));
  const std::unique_ptr<Growing> growing = std::move(growing_);
  if (growing->passages.lengths.empty()) return {};
  growing->passages.totals = growing->builder.totals();
  MUAI_TRY(SegmentWriter writer, SegmentWriter::begin(database, level));
  MUAI_TRY_VOID(growing->builder.for_each_entry(
      [&](const SegmentEntry& entry) { return writer.add(entry); }));
  MUAI_TRY_VOID(writer.finish(growing->passages));
  for (const RemovedRun& run : growing->removed) MUAI_TRY_VOID(write_removed(database, run));
  return {};
}

Result<void> IndexWriter::merge_full_levels(Database& database) {
  for (std::int64_t level = 0;; ++level) {
    MUAI_TRY(std::vector<SegmentRow> segments, read_segments(database));
    std::erase_if(segments, [&](const SegmentRow& segment) { return segment.level != level; });
    if (segments.size() < kFanIn) return {};
    MUAI_TRY_VOID(merge_segments(database, segments, level + 1, {}));
  }
}

Result<void> IndexWriter::remove(Database& database, const IdRun& ids) {
  if (ids.count == 0) return {};
  MUAI_TRY(const std::int64_t last, last_in_segments(database));
  MUAI_TRY(Statement rows,
           database.prepare("SELECT tokens FROM passages WHERE id >= ?1 AND id < ?2"));
  rows.bind(1, ids.first).bind(2, ids.first + ids.count);
  RemovedRun removed{ids};
  for (;;) {
    MUAI_TRY(const bool row, rows.step());
    if (!row) break;
    add_lengths(TokenStream::from_bytes(rows.text(0)), removed.totals);
  }
  if (ids.first <= last) return write_removed(database, removed);
  if (growing_) growing_->removed.push_back(removed);
  return mark_index_changed(database);
}

Result<void> IndexWriter::tidy(Database& database, const std::stop_token& stop) {
  if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "stopped while tidying the index");
  MUAI_TRY(const std::int64_t last, last_in_segments(database));
  MUAI_TRY_VOID(write_pending(database, last == 0 ? SegmentWriter::kTidyLevel : 0));
  MUAI_TRY(const std::vector<SegmentRow> segments, read_segments(database));
  MUAI_TRY(const std::vector<RemovedRun> removed, read_removed(database));
  const bool is_tidy = segments.empty() || (segments.size() == 1 && removed.empty() &&
                                            segments.front().level == SegmentWriter::kTidyLevel);
  if (is_tidy) return {};
  return merge_segments(database, segments, SegmentWriter::kTidyLevel, stop);
}

Result<void> IndexWriter::clear(Database& database) {
  discard();
  MUAI_TRY_VOID(
      database.execute("DELETE FROM segments; DELETE FROM segment_blocks; DELETE FROM "
                       "spelling_terms; DELETE FROM removed_passages"));
  return mark_index_changed(database);
}

}  // namespace muai
