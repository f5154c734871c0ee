// Rows are written in order of their ids, so that SQLite appends; nothing here decides what a
// segment holds.

#include "store/segment_table.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "muai/core/check.h"

namespace muai {
namespace {

constexpr std::size_t kTermBlockBytes = 4000;

template <class T>
std::string_view bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

template <class T>
std::vector<T> values_of(std::string_view bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

bool is_plain(std::string_view term) {
  return std::ranges::all_of(term, [](char letter) { return letter >= 'a' && letter <= 'z'; });
}

FieldTotals totals_at(const Statement& row, int column) {
  return {row.integer(column), row.integer(column + 1), row.integer(column + 2)};
}

// Runs ascend and have a length for each passage.
bool is_whole(const SegmentPassages& passages) {
  std::int64_t last = 0;
  std::int64_t count = 0;
  for (const IdRun& run : passages.runs) {
    if (run.first <= last || run.count <= 0 || run.count > UINT32_MAX) return false;
    last = run.first + run.count - 1;
    count += run.count;
  }
  return !passages.runs.empty() && count == static_cast<std::int64_t>(passages.lengths.size());
}

}  // namespace

void SegmentPassages::add(std::int64_t id, PassageLength length) {
  if (!runs.empty() && runs.back().first + runs.back().count == id) {
    ++runs.back().count;
  } else {
    runs.push_back({id, 1});
  }
  lengths.push_back(length);
}

Result<std::vector<SegmentRow>> read_segments(Database& database) {
  MUAI_TRY(Statement query,
           database.prepare("SELECT id, level, runs, lengths, title_tokens, heading_tokens, "
                            "body_tokens FROM segments"));
  std::vector<SegmentRow> rows;
  for (;;) {
    MUAI_TRY(const bool found, query.step());
    if (!found) break;
    SegmentRow& row = rows.emplace_back();
    row.id = query.integer(0);
    row.level = query.integer(1);
    row.passages = {values_of<IdRun>(query.text(2)), values_of<PassageLength>(query.text(3)),
                    totals_at(query, 4)};
    if (!is_whole(row.passages)) {
      return fail(ErrorCode::Corrupt,
                  "the index is damaged; remove the collection and add its files again");
    }
  }
  std::ranges::sort(rows, {}, [](const SegmentRow& row) { return row.passages.first(); });
  return rows;
}

Result<std::int64_t> last_in_segments(Database& database) {
  MUAI_TRY(Statement last, database.prepare("SELECT ifnull(max(last_passage), 0) FROM segments"));
  MUAI_TRY_VOID(last.step());
  return last.integer(0);
}

Result<std::vector<RemovedRun>> read_removed(Database& database) {
  MUAI_TRY(Statement query,
           database.prepare("SELECT first, passages, title_tokens, heading_tokens, body_tokens "
                            "FROM removed_passages ORDER BY first"));
  std::vector<RemovedRun> runs;
  for (;;) {
    MUAI_TRY(const bool found, query.step());
    if (!found) return runs;
    runs.push_back({{query.integer(0), query.integer(1)}, totals_at(query, 2)});
  }
}

Result<void> write_removed(Database& database, const RemovedRun& run) {
  MUAI_TRY(Statement insert,
           database.prepare("INSERT INTO removed_passages VALUES (?1, ?2, ?3, ?4, ?5)"));
  MUAI_TRY_VOID(insert.bind(1, run.ids.first)
                    .bind(2, run.ids.count)
                    .bind(3, run.totals[0])
                    .bind(4, run.totals[1])
                    .bind(5, run.totals[2])
                    .run());
  return mark_index_changed(database);
}

Result<SegmentWriter> SegmentWriter::begin(Database& database, std::int64_t level) {
  MUAI_TRY(Statement next, database.prepare("SELECT ifnull(max(id), 0) + 1 FROM segments"));
  MUAI_TRY_VOID(next.step());
  const std::int64_t id = next.integer(0);
  MUAI_TRY(Statement insert, database.prepare("INSERT INTO segment_blocks VALUES (?1, ?2)"));
  return SegmentWriter(database, id, level, std::move(insert));
}

Result<void> SegmentWriter::add(const SegmentEntry& entry) {
  if (level_ == kTidyLevel && is_plain(entry.term))
    terms_.push_back({std::string(entry.term), entry.passages});
  if (const std::optional<EntryBlock> full = cutter_.add(entry)) return write(*full);
  return {};
}

Result<void> SegmentWriter::write(const EntryBlock& block) {
  if (block.entries.empty()) return {};
  return insert_.bind(1, first_block_id(id_) + block.first_code).bind_blob(2, block.entries).run();
}

Result<void> SegmentWriter::finish(const SegmentPassages& passages) {
  MUAI_TRY_VOID(write(cutter_.finish()));
  if (level_ == kTidyLevel) MUAI_TRY_VOID(write_spelling());
  MUAI_TRY(Statement insert,
           database_->prepare("INSERT INTO segments VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"));
  MUAI_TRY_VOID(insert.bind(1, id_)
                    .bind(2, level_)
                    .bind(3, passages.last())
                    .bind_blob(4, bytes_of(passages.runs))
                    .bind_blob(5, bytes_of(passages.lengths))
                    .bind(6, passages.totals[0])
                    .bind(7, passages.totals[1])
                    .bind(8, passages.totals[2])
                    .run());
  return mark_index_changed(*database_);
}

Result<void> SegmentWriter::write_spelling() {
  MUAI_TRY_VOID(database_->execute("DELETE FROM spelling_terms"));
  MUAI_TRY(Statement insert, database_->prepare("INSERT INTO spelling_terms VALUES (?1, ?2)"));
  std::ranges::sort(terms_, {}, &TermCount::term);
  std::string block;
  std::string_view first;
  const auto write_block = [&] { return insert.bind(1, first).bind_blob(2, block).run(); };
  for (const TermCount& term : terms_) {
    if (block.size() >= kTermBlockBytes) {
      MUAI_TRY_VOID(write_block());
      block.clear();
    }
    if (block.empty()) first = term.term;
    block.push_back(static_cast<char>(term.term.size()));
    block += term.term;
    const auto passages = static_cast<std::uint32_t>(term.passages);
    block.append(reinterpret_cast<const char*>(&passages), sizeof passages);
  }
  if (block.empty()) return {};
  return write_block();
}

Result<void> delete_segment(Database& database, std::int64_t id) {
  MUAI_TRY(Statement blocks,
           database.prepare("DELETE FROM segment_blocks WHERE id >= ?1 AND id < ?2"));
  MUAI_TRY_VOID(blocks.bind(1, first_block_id(id)).bind(2, first_block_id(id + 1)).run());
  MUAI_TRY(Statement row, database.prepare("DELETE FROM segments WHERE id = ?1"));
  MUAI_TRY_VOID(row.bind(1, id).run());
  return mark_index_changed(database);
}

Result<void> mark_index_changed(Database& database) {
  return database.execute(
      "INSERT INTO counters VALUES ('index_generation', 1) ON CONFLICT (name) DO UPDATE SET value "
      "= value + 1");
}

}  // namespace muai
