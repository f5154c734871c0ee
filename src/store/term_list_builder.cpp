#include "store/term_list_builder.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "muai/text/term_hash.h"
#include "muai/text/tokens.h"

namespace muai {
namespace {

constexpr TokenOptions kAsIndexed{.cjk_unigrams = CjkUnigrams::All, .stop_words = StopWords::Keep};

void append_posting(std::string& bytes, std::uint32_t step, FieldCounts counts) {
  if (step < TermList::kLongStep) {
    bytes.push_back(static_cast<char>(step));
  } else {
    bytes.push_back(static_cast<char>(TermList::kLongStep));
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(step >> shift));
  }
  bytes.push_back(static_cast<char>(counts.packed()));
}

}  // namespace

void TermListBuilder::Growing::end_posting() {
  if (counts.packed() == 0) return;
  append_posting(bytes, slot - slot_before, counts);
  slot_before = slot;
  counts = FieldCounts();
}

TermListBuilder::TermListBuilder(std::size_t passages)
    : counts_(std::bit_ceil(std::clamp<std::size_t>(passages * 16, 1 << 10, 1 << 24))),
      places_(1 << 10) {}

TermListBuilder::Place& TermListBuilder::place_of(std::uint64_t hash) {
  std::size_t at = (hash >> 24) & (places_.size() - 1);
  while (places_[at].list != 0 && places_[at].hash != hash) at = (at + 1) & (places_.size() - 1);
  return places_[at];
}

void TermListBuilder::begin_list(std::string_view term, std::uint64_t hash) {
  if (2 * (lists_.size() + 1) > places_.size()) {
    const std::vector<Place> old = std::exchange(places_, std::vector<Place>(2 * places_.size()));
    for (const Place& place : old) {
      if (place.list != 0) place_of(place.hash) = place;
    }
  }
  lists_.push_back({.term = std::string(term)});
  place_of(hash) = {hash, static_cast<std::uint32_t>(lists_.size())};
}

void TermListBuilder::count(const IndexedText& text) {
  for (const std::string_view field : {text.title, text.heading, text.body}) {
    for_each_token(
        field,
        [&](const Token& token) {
          const std::uint64_t hash = hash_term(token.term);
          if (++counts_[hash & (counts_.size() - 1)] < kListedPassagesMin) return;
          if (place_of(hash).list == 0 && !is_stop_word(token.term)) begin_list(token.term, hash);
        },
        kAsIndexed);
  }
}

std::uint32_t TermListBuilder::add(const IndexedText& text) {
  add_field(text.title, Field::Title);
  add_field(text.heading, Field::Heading);
  length_ = 0;
  add_field(text.body, Field::Body);
  ++slot_;
  return length_;
}

void TermListBuilder::add_field(std::string_view text, Field field) {
  for_each_token(
      text,
      [&](const Token& token) {
        if (!token.same_position || length_ == 0) ++length_;
        const Place& place = place_of(hash_term(token.term));
        if (place.list == 0) return;
        Growing& list = lists_[place.list - 1];
        if (list.slot != slot_) {
          list.end_posting();
          list.slot = slot_;
        }
        list.passages += list.counts.packed() == 0 ? 1 : 0;
        list.counts.add_one(field);
      },
      kAsIndexed);
}

}  // namespace muai
