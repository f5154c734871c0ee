#include "store/index_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "store/segment_entries.h"
#include "store/segment_table.h"

namespace muai {
namespace {

// Appends the terms of one block of `spelling_terms` that begin with `prefix`, up to `limit`.
void append_terms(std::string_view block, std::string_view prefix, std::size_t limit,
                  std::vector<TermCount>& terms) {
  while (!block.empty() && terms.size() < limit) {
    const std::size_t size = static_cast<std::uint8_t>(block.front());
    std::uint32_t passages = 0;
    if (block.size() < 1 + size + sizeof passages) return;
    const std::string_view term = block.substr(1, size);
    std::memcpy(&passages, block.data() + 1 + size, sizeof passages);
    block.remove_prefix(1 + size + sizeof passages);
    if (term.starts_with(prefix)) terms.push_back({std::string(term), passages});
  }
}

}  // namespace

Result<void> IndexReader::pin(Database& database) {
  MUAI_TRY_VOID(refresh(database));
  is_pinned_ = true;
  return {};
}

Result<void> IndexReader::refresh(Database& database) {
  if (is_pinned_) return {};
  if (!read_generation_) {
    MUAI_TRY(read_generation_,
             database.prepare("SELECT value FROM counters WHERE name = 'index_generation'"));
  }
  MUAI_TRY(const bool row, read_generation_->step());
  const std::int64_t generation = row ? read_generation_->integer(0) : 0;
  read_generation_->reset();
  if (generation == generation_) return {};
  MUAI_TRY_VOID(read_index(database));
  generation_ = generation;
  return {};
}

Result<void> IndexReader::read_index(Database& database) {
  generation_ = -1;
  FieldTotals totals{};
  MUAI_TRY_VOID(read_segments_into_slots(database, totals));
  MUAI_TRY_VOID(read_pending(database, totals));
  sizes_ = {.passages = slots_.count() - slots_.removed().size()};
  for (std::size_t i = 0; i < kFieldCount && sizes_.passages > 0; ++i) {
    sizes_.mean_length[i] = static_cast<double>(totals[i]) / static_cast<double>(sizes_.passages);
  }
  return {};
}

Result<void> IndexReader::read_segments_into_slots(Database& database, FieldTotals& totals) {
  MUAI_TRY(const std::vector<SegmentRow> segments, read_segments(database));
  MUAI_TRY(const std::vector<RemovedRun> removed, read_removed(database));
  segments_.clear();
  slots_ = {};
  for (const SegmentRow& segment : segments) {
    std::span<const PassageLength> lengths = segment.passages.lengths;
    segments_.push_back({segment.id, slots_.count(), static_cast<std::uint32_t>(lengths.size())});
    for (const IdRun& run : segment.passages.runs) {
      slots_.append(run.first, lengths.first(static_cast<std::size_t>(run.count)));
      lengths = lengths.subspan(static_cast<std::size_t>(run.count));
    }
    for (std::size_t i = 0; i < kFieldCount; ++i) totals[i] += segment.passages.totals[i];
  }
  for (const RemovedRun& run : removed) {
    slots_.remove(run.ids.first, run.ids.count);
    for (std::size_t i = 0; i < kFieldCount; ++i) totals[i] -= run.totals[i];
  }
  return {};
}

Result<void> IndexReader::read_pending(Database& database, FieldTotals& totals) {
  MUAI_TRY(const std::int64_t last, last_in_segments(database));
  MUAI_TRY(Statement rows, database.prepare("SELECT id, tokens FROM passages WHERE id > ?1 "
                                            "ORDER BY id"));
  rows.bind(1, last);
  pending_.clear();
  for (;;) {
    MUAI_TRY(const bool row, rows.step());
    if (!row) return {};
    pending_.push_back({slots_.count(), TokenStream::from_bytes(rows.text(1))});
    const TokenStream& tokens = pending_.back().tokens;
    for (std::size_t i = 0; i < kFieldCount; ++i) {
      totals[i] += tokens.length(static_cast<Field>(i));
    }
    const std::array<PassageLength, 1> length{tokens.passage_length()};
    slots_.append(rows.integer(0), length);
  }
}

void IndexReader::find_pending(std::uint32_t code, TermPostings& postings) const {
  if (pending_.empty()) return;
  const std::uint32_t first_slot = pending_.front().slot;
  ListWriter list;
  for (const PendingPassage& passage : pending_) {
    FieldCounts counts;
    for (const Field field : {Field::Title, Field::Heading, Field::Body}) {
      for (const TokenCode token : passage.tokens.field(field)) {
        if (token.term() == code) counts.add_one(field);
      }
    }
    if (counts.packed() == 0) continue;
    list.add(passage.slot - first_slot, counts);
    ++postings.passages;
  }
  if (list.is_empty()) return;
  postings.lists.emplace_back(first_slot, static_cast<std::uint32_t>(pending_.size()),
                              std::string(list.bytes()));
}

template <class Visit>
Result<void> IndexReader::for_each_entry(Database& database, std::int64_t segment,
                                         std::uint32_t code, Visit visit) {
  if (!read_block_) {
    MUAI_TRY(read_block_,
             database.prepare("SELECT entries FROM segment_blocks WHERE id >= ?1 AND id <= ?2 "
                              "ORDER BY id DESC LIMIT 1"));
  }
  read_block_->bind(1, first_block_id(segment)).bind(2, first_block_id(segment) + code);
  MUAI_TRY(const bool row, read_block_->step());
  if (!row) return {};
  EntryReader reader(read_block_->text(0));
  for (;;) {
    auto more = reader.next();
    if (!more) {
      read_block_->reset();
      return pass(std::move(more));
    }
    if (!*more || reader.entry().code > code) break;
    if (reader.entry().code == code) visit(reader.entry());
  }
  read_block_->reset();
  return {};
}

Result<TermPostings> IndexReader::find(Database& database, std::string_view term) {
  TermPostings postings;
  const std::uint32_t code = term_code(term);
  for (const SegmentPlace& segment : segments_) {
    MUAI_TRY_VOID(for_each_entry(database, segment.id, code, [&](const SegmentEntry& entry) {
      if (entry.term != term) return;
      postings.passages += entry.passages;
      postings.lists.emplace_back(segment.first_slot, segment.slots, std::string(entry.list));
    }));
  }
  find_pending(code, postings);
  return postings;
}

Result<std::optional<TermCount>> IndexReader::find_code(Database& database, std::uint32_t code) {
  std::vector<TermCount> terms;
  for (const SegmentPlace& segment : segments_) {
    MUAI_TRY_VOID(for_each_entry(database, segment.id, code, [&](const SegmentEntry& entry) {
      const auto known = std::ranges::find(terms, entry.term, &TermCount::term);
      if (known != terms.end()) {
        known->passages += entry.passages;
      } else {
        terms.push_back({std::string(entry.term), entry.passages});
      }
    }));
  }
  if (terms.empty()) return std::nullopt;
  return std::move(*std::ranges::max_element(terms, {}, &TermCount::passages));
}

Result<std::vector<TermCount>> IndexReader::with_prefix(Database& database, std::string_view prefix,
                                                        std::size_t limit) {
  // Terms with the prefix stand in blocks that begin with it, and at the end of the one before.
  MUAI_TRY(Statement blocks,
           database.prepare("SELECT terms FROM spelling_terms WHERE first >= ifnull((SELECT "
                            "max(first) FROM spelling_terms WHERE first <= ?1), '') AND first < ?2 "
                            "ORDER BY first"));
  const std::string end = std::string(prefix) + '\x7f';
  blocks.bind(1, prefix).bind(2, std::string_view(end));
  std::vector<TermCount> terms;
  while (terms.size() < limit) {
    MUAI_TRY(const bool row, blocks.step());
    if (!row) break;
    append_terms(blocks.text(0), prefix, limit, terms);
  }
  return terms;
}

Result<std::optional<TokenStream>> IndexReader::tokens_of(Database& database,
                                                          std::int64_t passage_id) {
  if (!read_tokens_) {
    MUAI_TRY(read_tokens_, database.prepare("SELECT tokens FROM passages WHERE id = ?1"));
  }
  MUAI_TRY(const bool row, read_tokens_->bind(1, passage_id).step());
  if (!row) return std::nullopt;
  TokenStream tokens = TokenStream::from_bytes(read_tokens_->text(0));
  read_tokens_->reset();
  return tokens;
}

}  // namespace muai
