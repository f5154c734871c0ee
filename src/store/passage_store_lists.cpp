// The derived side of a passage store: term lists are made when the store settles, and read back
// as one array of ids and one of lengths that every list refers to.

#include <sqlite3.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "muai/core/check.h"
#include "muai/store/passage_store.h"
#include "store/passage_counters.h"
#include "store/term_list_builder.h"

namespace muai {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays are stored as they are");

// The store settles when this share of the passages changed since the last time.
constexpr double kSettleShare = 0.05;
constexpr std::size_t kPassagesBetweenStops = 512;

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

// visit(id, IndexedText) for every passage in order of id.
template <class Visit>
Result<void> for_each_passage(Database& database, const std::stop_token& stop, Visit visit) {
  MUAI_TRY(Statement rows, database.prepare("SELECT p.id, d.title, p.heading, p.text FROM passages "
                                            "p JOIN documents d ON d.id = p.document ORDER BY "
                                            "p.id"));
  for (std::size_t number = 0;; ++number) {
    if (number % kPassagesBetweenStops == 0 && stop.stop_requested()) {
      return fail(ErrorCode::Cancelled, "stopped while making the lists of terms");
    }
    MUAI_TRY(const bool row, rows.step());
    if (!row) return {};
    visit(rows.integer(0), IndexedText{rows.text(1), rows.text(2), rows.text(3)});
  }
}

Result<void> write_lists(Database& database, TermListBuilder& builder) {
  MUAI_TRY(Statement insert, database.prepare("INSERT INTO term_lists VALUES (?1, ?2, ?3)"));
  Result<void> written;
  builder.for_each_list([&](std::string_view term, std::uint32_t passages, std::string_view bytes) {
    if (!written) return;
    written =
        insert.bind(1, term).bind(2, static_cast<std::int64_t>(passages)).bind_blob(3, bytes).run();
  });
  return written;
}

}  // namespace

ReadScope::ReadScope(ReadScope&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

ReadScope::~ReadScope() {
  if (database_ != nullptr) static_cast<void>(database_->execute("COMMIT"));
}

Result<ReadScope> PassageStore::begin_reading() {
  if (sqlite3_get_autocommit(database_.handle()) == 0) return ReadScope(nullptr);
  MUAI_TRY_VOID(database_.execute("BEGIN"));
  return ReadScope(&database_);
}

Result<const ListedPassages*> PassageStore::listed_passages() {
  MUAI_TRY(const std::int64_t generation, read_counter(kListsCounter));
  if (generation == listed_generation_) return &listed_;
  ListedPassages listed;
  MUAI_TRY(Statement arrays, database_.prepare("SELECT ids, lengths FROM listed_passages"));
  MUAI_TRY(const bool present, arrays.step());
  if (present) {
    listed.ids = values_of<std::int64_t>(arrays.text(0));
    listed.lengths = values_of<std::uint16_t>(arrays.text(1));
  }
  if (listed.ids.size() != listed.lengths.size()) {
    return fail(ErrorCode::Corrupt,
                "the term lists are damaged; remove the collection and add it "
                "again");
  }
  if (!listed.ids.empty()) listed.last_id = listed.ids.back();
  MUAI_TRY(Statement ranges, database_.prepare("SELECT first, passages FROM removed_ranges"));
  for (;;) {
    MUAI_TRY(const bool row, ranges.step());
    if (!row) break;
    const auto first = std::ranges::lower_bound(listed.ids, ranges.integer(0));
    const std::int64_t end = ranges.integer(0) + ranges.integer(1);
    for (auto at = first; at != listed.ids.end() && *at < end; ++at) {
      listed.removed.push_back(static_cast<std::uint32_t>(at - listed.ids.begin()));
    }
  }
  listed_ = std::move(listed);
  listed_generation_ = generation;
  return &listed_;
}

Result<void> PassageStore::settle(std::stop_token stop) {
  MUAI_CHECK(!in_transaction_);
  MUAI_TRY(const std::int64_t unsettled, read_counter(kUnsettledCounter));
  MUAI_TRY(const std::size_t passages, passage_count());
  if (static_cast<double>(unsettled) <= kSettleShare * static_cast<double>(passages)) return {};
  MUAI_TRY_VOID(merge_index(stop));
  MUAI_TRY(Transaction transaction, Transaction::begin(database_));
  MUAI_TRY_VOID(write_term_lists(passages, stop));
  MUAI_TRY_VOID(write_counter(kUnsettledCounter, 0));
  return transaction.commit();
}

// All segments into one, in steps short enough to be stopped between. A negative number of pages
// begins; FTS5 has nothing left to do when a step changes fewer than two rows.
Result<void> PassageStore::merge_index(std::stop_token stop) {
  constexpr std::int64_t kPagesAStep = 4000;
  MUAI_TRY(Statement merge, database_.prepare("INSERT INTO passage_index(passage_index, rank) "
                                              "VALUES ('merge', ?1)"));
  std::int64_t pages = -kPagesAStep;
  for (;;) {
    if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "stopped while tidying the index");
    const std::int64_t before = sqlite3_total_changes64(database_.handle());
    MUAI_TRY_VOID(merge.bind(1, pages).run());
    if (sqlite3_total_changes64(database_.handle()) - before < 2) return {};
    pages = kPagesAStep;
  }
}

Result<void> PassageStore::write_term_lists(std::size_t passages, std::stop_token stop) {
  MUAI_TRY_VOID(database_.execute(
      "DELETE FROM term_lists; DELETE FROM listed_passages; DELETE FROM removed_ranges"));
  ListedPassages listed;
  if (passages >= kListedPassagesMin) {
    TermListBuilder builder(passages);
    MUAI_TRY_VOID(for_each_passage(
        database_, stop, [&](std::int64_t, const IndexedText& text) { builder.count(text); }));
    MUAI_TRY_VOID(for_each_passage(database_, stop, [&](std::int64_t id, const IndexedText& text) {
      listed.ids.push_back(id);
      listed.lengths.push_back(
          static_cast<std::uint16_t>(std::min<std::uint32_t>(builder.add(text), UINT16_MAX)));
    }));
    MUAI_TRY_VOID(write_lists(database_, builder));
    MUAI_TRY(Statement insert, database_.prepare("INSERT INTO listed_passages VALUES (?1, ?2)"));
    MUAI_TRY_VOID(
        insert.bind_blob(1, bytes_of(listed.ids)).bind_blob(2, bytes_of(listed.lengths)).run());
  }
  MUAI_TRY_VOID(write_counter(kLastListedCounter, listed.ids.empty() ? 0 : listed.ids.back()));
  MUAI_TRY(const std::int64_t generation, read_counter(kListsCounter));
  return write_counter(kListsCounter, generation + 1);
}

}  // namespace muai
