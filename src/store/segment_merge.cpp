// A heap of cursors gives the terms of all segments in order; the lists of one term are strung
// together with the slots that their passages have now.

#include "store/segment_merge.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace muai {
namespace {

constexpr std::uint32_t kGone = ~std::uint32_t{0};
constexpr std::size_t kTermsBetweenStops = 1024;

// The entries of one segment in order. Blocks are fetched some at a time: a query that stays open
// over a table that is written to has to find its place again after every write.
class SegmentCursor {
 public:
  static Result<SegmentCursor> open(Database& database, std::int64_t segment) {
    MUAI_TRY(Statement query,
             database.prepare("SELECT id, entries FROM segment_blocks WHERE id >= ?1 AND id < ?2 "
                              "ORDER BY id LIMIT 16"));
    return SegmentCursor(std::move(query), segment);
  }

  // False at the end. The entry's views are valid until the next call.
  Result<bool> next() {
    for (;;) {
      MUAI_TRY(const bool more, reader_.next());
      if (more) return true;
      if (blocks_.empty()) MUAI_TRY_VOID(fetch());
      if (blocks_.empty()) return false;
      block_ = std::move(blocks_.front());
      blocks_.pop_front();
      reader_ = EntryReader(block_);
    }
  }

  const SegmentEntry& entry() const { return reader_.entry(); }

 private:
  SegmentCursor(Statement query, std::int64_t segment)
      : query_(std::move(query)),
        from_(first_block_id(segment)),
        end_(first_block_id(segment + 1)) {}

  Result<void> fetch() {
    query_.bind(1, from_).bind(2, end_);
    for (;;) {
      MUAI_TRY(const bool row, query_.step());
      if (!row) return {};
      from_ = query_.integer(0) + 1;
      blocks_.emplace_back(query_.text(1));
    }
  }

  Statement query_;
  std::int64_t from_;
  std::int64_t end_;
  std::deque<std::string> blocks_;
  std::string block_;
  EntryReader reader_{{}};
};

// Where the passages of the old segments go.
struct NewPlaces {
  SegmentPassages passages;
  std::vector<std::vector<std::uint32_t>> slots;  // by segment and old slot; kGone: removed
  std::vector<std::int64_t> forgotten;            // first ids of the removed runs
};

NewPlaces place_passages(std::span<const SegmentRow> segments,
                         std::span<const RemovedRun> removed) {
  NewPlaces places;
  auto gone = removed.begin();
  for (const SegmentRow& segment : segments) {
    std::vector<std::uint32_t>& slots = places.slots.emplace_back();
    for (std::size_t field = 0; field < kFieldCount; ++field) {
      places.passages.totals[field] += segment.passages.totals[field];
    }
    for (const IdRun& run : segment.passages.runs) {
      for (std::int64_t id = run.first; id < run.first + run.count; ++id) {
        while (gone != removed.end() && gone->ids.first + gone->ids.count <= id) ++gone;
        if (gone != removed.end() && gone->ids.first <= id) {
          slots.push_back(kGone);
          continue;
        }
        const PassageLength length = segment.passages.lengths[slots.size()];
        slots.push_back(static_cast<std::uint32_t>(places.passages.lengths.size()));
        places.passages.add(id, length);
      }
    }
  }
  for (const RemovedRun& run : removed) {
    if (run.ids.first < segments.front().passages.first() ||
        run.ids.first > segments.back().passages.last()) {
      continue;
    }
    places.forgotten.push_back(run.ids.first);
    for (std::size_t field = 0; field < kFieldCount; ++field) {
      places.passages.totals[field] -= run.totals[field];
    }
  }
  return places;
}

class Merger {
 public:
  Merger(std::vector<SegmentCursor> cursors, const NewPlaces& places, SegmentWriter& writer)
      : cursors_(std::move(cursors)), places_(places), writer_(writer) {}

  Result<void> run(const std::stop_token& stop) {
    for (std::size_t i = 0; i < cursors_.size(); ++i) MUAI_TRY_VOID(advance(i));
    for (std::size_t terms = 0; !heap_.empty(); ++terms) {
      if (terms % kTermsBetweenStops == 0 && stop.stop_requested()) {
        return fail(ErrorCode::Cancelled, "stopped while tidying the index");
      }
      MUAI_TRY_VOID(merge_first());
    }
    return {};
  }

 private:
  // The least term first; of one term, the segments in their order.
  bool is_behind(std::size_t a, std::size_t b) const {
    const SegmentEntry& first = cursors_[a].entry();
    const SegmentEntry& second = cursors_[b].entry();
    if (first.code != second.code) return first.code > second.code;
    const int order = first.term.compare(second.term);
    return order != 0 ? order > 0 : a > b;
  }

  Result<void> advance(std::size_t cursor) {
    MUAI_TRY(const bool more, cursors_[cursor].next());
    if (!more) return {};
    heap_.push_back(cursor);
    std::ranges::push_heap(heap_, [&](std::size_t a, std::size_t b) { return is_behind(a, b); });
    return {};
  }

  std::size_t pop() {
    std::ranges::pop_heap(heap_, [&](std::size_t a, std::size_t b) { return is_behind(a, b); });
    const std::size_t cursor = heap_.back();
    heap_.pop_back();
    return cursor;
  }

  Result<void> merge_first() {
    term_ = cursors_[heap_.front()].entry().term;
    const std::uint32_t code = cursors_[heap_.front()].entry().code;
    list_.clear();
    std::uint32_t passages = 0;
    while (!heap_.empty() && cursors_[heap_.front()].entry().code == code &&
           cursors_[heap_.front()].entry().term == term_) {
      const std::size_t cursor = pop();
      const std::vector<std::uint32_t>& slots = places_.slots[cursor];
      PostingList::for_each_posting(cursors_[cursor].entry().list,
                                    [&](std::uint32_t old_slot, FieldCounts counts) {
                                      if (old_slot >= slots.size() || slots[old_slot] == kGone)
                                        return;
                                      list_.add(slots[old_slot], counts);
                                      ++passages;
                                    });
      MUAI_TRY_VOID(advance(cursor));
    }
    if (passages == 0) return {};
    return writer_.add({code, passages, term_, list_.bytes()});
  }

  std::vector<SegmentCursor> cursors_;
  const NewPlaces& places_;
  SegmentWriter& writer_;
  std::vector<std::size_t> heap_;  // numbers of cursors that have an entry
  std::string term_;
  ListWriter list_;
};

}  // namespace

Result<void> merge_segments(Database& database, std::span<const SegmentRow> segments,
                            std::int64_t level, const std::stop_token& stop) {
  if (segments.empty()) return {};
  MUAI_TRY(const std::vector<RemovedRun> removed, read_removed(database));
  const NewPlaces places = place_passages(segments, removed);
  if (!places.passages.lengths.empty()) {
    std::vector<SegmentCursor> cursors;
    for (const SegmentRow& segment : segments) {
      MUAI_TRY(SegmentCursor cursor, SegmentCursor::open(database, segment.id));
      cursors.push_back(std::move(cursor));
    }
    MUAI_TRY(SegmentWriter writer, SegmentWriter::begin(database, level));
    MUAI_TRY_VOID(Merger(std::move(cursors), places, writer).run(stop));
    MUAI_TRY_VOID(writer.finish(places.passages));
  }
  for (const SegmentRow& segment : segments) {
    MUAI_TRY_VOID(delete_segment(database, segment.id));
  }
  MUAI_TRY(Statement forget, database.prepare("DELETE FROM removed_passages WHERE first = ?1"));
  for (const std::int64_t first : places.forgotten) MUAI_TRY_VOID(forget.bind(1, first).run());
  return {};
}

}  // namespace muai
