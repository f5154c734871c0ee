// Postings are logged as they come and sorted by term at the end. Nothing in the middle of a
// passage waits for memory: tokens, numbers of terms and counters are three passes over its tokens.

#include "store/segment_builder.h"

#include <algorithm>
#include <utility>

#include "muai/text/term_hash.h"
#include "muai/text/tokens.h"

namespace muai {
namespace {

constexpr TokenOptions kAsIndexed{.cjk_unigrams = CjkUnigrams::All, .stop_words = StopWords::Keep};
constexpr std::uint32_t kUnknown = ~std::uint32_t{0};
constexpr int kCountBits = 8;  // of a posting; the slot stands above
constexpr std::uint32_t kCountMask = (1u << kCountBits) - 1;
constexpr int kDigitBits = 9;

}  // namespace

TokenStream token_stream_of(const IndexedText& text) { return SegmentBuilder().add(text); }

SegmentBuilder::SegmentBuilder() : places_(1 << 12) {}

const TokenStream& SegmentBuilder::add(const IndexedText& text) {
  stream_.clear();
  add_field(text.title, Field::Title);
  add_field(text.heading, Field::Heading);
  add_field(text.body, Field::Body);
  lengths_.push_back(stream_.passage_length());
  totals_[0] += stream_.length(Field::Title);
  totals_[1] += stream_.length(Field::Heading);
  totals_[2] += stream_.length(Field::Body);
  return stream_;
}

// In three passes over the tokens, so that what each needs, scattered over memory, was asked for
// some time before: the tokens, the numbers of their terms, the counters.
void SegmentBuilder::add_field(std::string_view text, Field field) {
  read_tokens(text, field);
  find_terms();
  stream_.begin(field);
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    const Pending& token = pending_[i];
    std::uint32_t number = numbers_[i];
    if (number == kUnknown || !terms_[number].is(pending_term(i), token.hash)) {
      number = number_of(pending_term(i), token.hash);
    }
    const TermKind kind = terms_[number].kind;
    stream_.add(TokenCode(term_code(token.hash), TokenMarks::of_kind(token.marks, kind)));
    count(number, field);
  }
}

void SegmentBuilder::read_tokens(std::string_view text, Field field) {
  pending_.clear();
  pending_terms_.clear();
  TokenMarks marks(text, field);
  for_each_token(
      text,
      [&](const Token& token) {
        const std::uint64_t hash = hash_term(token.term);
        __builtin_prefetch(&places_[hash & (places_.size() - 1)]);
        pending_.push_back(
            {hash, static_cast<std::uint32_t>(pending_terms_.size()), marks.next(token)});
        pending_terms_ += token.term;
      },
      kAsIndexed);
}

void SegmentBuilder::find_terms() {
  numbers_.resize(pending_.size());
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    numbers_[i] = likely_number(pending_[i].hash);
    if (numbers_[i] != kUnknown) __builtin_prefetch(&terms_[numbers_[i]], 1);
  }
}

std::string_view SegmentBuilder::pending_term(std::size_t number) const {
  const std::size_t begin = pending_[number].begin;
  const std::size_t end =
      number + 1 < pending_.size() ? pending_[number + 1].begin : pending_terms_.size();
  return std::string_view(pending_terms_).substr(begin, end - begin);
}

std::uint32_t SegmentBuilder::likely_number(std::uint64_t hash) const {
  const auto check = static_cast<std::uint32_t>(hash >> 32);
  for (std::size_t at = hash & (places_.size() - 1);; at = (at + 1) & (places_.size() - 1)) {
    const Place& place = places_[at];
    if (place.term == 0) return kUnknown;
    if (place.check == check) return place.term - 1;
  }
}

std::uint32_t SegmentBuilder::number_of(std::string_view term, std::uint64_t hash) {
  for (std::size_t at = hash & (places_.size() - 1);; at = (at + 1) & (places_.size() - 1)) {
    const Place& place = places_[at];
    if (place.term == 0) return add_term(term, hash, at);
    if (terms_[place.term - 1].is(term, hash)) return place.term - 1;
  }
}

std::uint32_t SegmentBuilder::add_term(std::string_view term, std::uint64_t hash,
                                       std::size_t place) {
  terms_.push_back({.name = std::string(term), .hash = hash, .kind = term_kind(term)});
  places_[place] = {static_cast<std::uint32_t>(hash >> 32),
                    static_cast<std::uint32_t>(terms_.size())};
  if (3 * terms_.size() > 2 * places_.size()) grow();
  return static_cast<std::uint32_t>(terms_.size() - 1);
}

void SegmentBuilder::grow() {
  places_.assign(2 * places_.size(), {});
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    const std::uint64_t hash = terms_[i].hash;
    std::size_t at = hash & (places_.size() - 1);
    while (places_[at].term != 0) at = (at + 1) & (places_.size() - 1);
    places_[at] = {static_cast<std::uint32_t>(hash >> 32), static_cast<std::uint32_t>(i + 1)};
  }
}

void SegmentBuilder::count(std::uint32_t number, Field field) {
  const auto slot = static_cast<std::uint32_t>(lengths_.size());
  Term& term = terms_[number];
  if (term.slots != slot + 1) {
    term.slots = slot + 1;
    term.posting = static_cast<std::uint32_t>(postings_.size());
    postings_.push_back({number, slot << kCountBits});
  }
  std::uint32_t& posting = postings_[term.posting].slot_and_counts;
  FieldCounts counts(static_cast<std::uint8_t>(posting));
  counts.add_one(field);
  posting = (posting & ~kCountMask) | counts.packed();
}

std::size_t SegmentBuilder::bytes() const {
  return 2 * postings_.size() * sizeof(Posting) +
         terms_.size() * (sizeof(Term) + 2 * sizeof(Place));
}

// The rank of each term by its number.
std::vector<std::uint32_t> SegmentBuilder::rank_terms() {
  std::vector<std::uint64_t> keys(terms_.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    keys[i] = static_cast<std::uint64_t>(term_code(terms_[i].hash)) << 32 | i;
  }
  std::ranges::sort(keys, [&](std::uint64_t a, std::uint64_t b) {
    if (a >> 32 != b >> 32) return a < b;
    return terms_[static_cast<std::uint32_t>(a)].name < terms_[static_cast<std::uint32_t>(b)].name;
  });
  std::vector<std::uint32_t> ranks(keys.size());
  ranked_.resize(keys.size());
  for (std::size_t rank = 0; rank < keys.size(); ++rank) {
    ranked_[rank] = static_cast<std::uint32_t>(keys[rank]);
    ranks[ranked_[rank]] = static_cast<std::uint32_t>(rank);
  }
  return ranks;
}

// A radix sort from the lowest digit up: slots stay in order.
void SegmentBuilder::sort_postings() {
  const std::vector<std::uint32_t> ranks = rank_terms();
  for (Posting& posting : postings_) posting.term = ranks[posting.term];
  std::vector<Posting> sorted(postings_.size());
  for (int shift = 0; (terms_.size() >> shift) > 0; shift += kDigitBits) {
    std::array<std::uint32_t, 1u << kDigitBits> places{};
    const auto digit = [&](const Posting& posting) {
      return posting.term >> shift & (places.size() - 1);
    };
    for (const Posting& posting : postings_) ++places[digit(posting)];
    std::uint32_t place = 0;
    for (std::uint32_t& count : places) count = std::exchange(place, place + count);
    for (const Posting& posting : postings_) sorted[places[digit(posting)]++] = posting;
    std::swap(postings_, sorted);
  }
}

SegmentEntry SegmentBuilder::read_entry(std::size_t begin, ListWriter& list) const {
  const std::uint32_t rank = postings_[begin].term;
  const std::uint32_t term = ranked_[rank];
  list.clear();
  std::size_t at = begin;
  for (; at < postings_.size() && postings_[at].term == rank; ++at) {
    const std::uint32_t posting = postings_[at].slot_and_counts;
    list.add(posting >> kCountBits, FieldCounts(static_cast<std::uint8_t>(posting)));
  }
  return {term_code(terms_[term].hash), static_cast<std::uint32_t>(at - begin), terms_[term].name,
          list.bytes()};
}

}  // namespace muai
