#pragma once

// The tokens of a passage as its index keeps them: four bytes each, so that a ranking compares
// numbers instead of cutting text into words again.
//
// Plain values.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "muai/store/postings.h"
#include "muai/text/term_hash.h"

namespace muai {

// The number of a term: the upper 29 bits of its hash. Two terms share one in a collection of
// 50,000 terms with a probability of 1e-4 for each term: a ranking may count such a passage's token
// for another word, the index itself never does (it keeps the terms).
constexpr int kTermCodeBits = 29;
inline std::uint32_t term_code(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash >> (64 - kTermCodeBits));
}
inline std::uint32_t term_code(std::string_view term) { return term_code(hash_term(term)); }

// One token: the code of its term and what a ranking asks about its place.
class TokenCode {
 public:
  enum Mark : std::uint32_t {
    SamePosition = 1,  // stands at the position of the token before it
    Begins = 2,        // the first of a sentence, in a heading of one of its parts
    SaysNothing = 4,   // a stop word, a number, or a CJK character that also stands in a bigram
  };

  constexpr TokenCode() = default;
  constexpr explicit TokenCode(std::uint32_t bits) : bits_(bits) {}
  constexpr TokenCode(std::uint32_t term_code, std::uint32_t marks)
      : bits_(term_code << (32 - kTermCodeBits) | marks) {}

  constexpr std::uint32_t bits() const { return bits_; }
  constexpr std::uint32_t term() const { return bits_ >> (32 - kTermCodeBits); }
  constexpr bool is(Mark mark) const { return (bits_ & mark) != 0; }
  friend constexpr bool operator==(TokenCode, TokenCode) = default;

 private:
  std::uint32_t bits_ = 0;
};

// The tokens of one passage. A sentence begins, roughly, behind a mark that ends one, and at a new
// line; a heading's parts are divided by " > ".
class TokenStream {
 public:
  TokenStream() = default;

  void clear() { codes_.assign(kFirst, TokenCode(kFirst)); }
  // Fields are begun in their order, each once; `add` appends to the last.
  void begin(Field field);
  void add(TokenCode code) { codes_.push_back(code); }

  // The tokens of `field` in the order of the text. Valid until the stream is changed or moved.
  std::span<const TokenCode> field(Field field) const;
  // Positions in `field`: its tokens without those that stand at the position of another.
  std::uint32_t length(Field field) const;
  // Of the body.
  PassageLength passage_length() const;

  // As a store keeps it; valid until the stream is changed or moved.
  std::string_view bytes() const;
  // Bytes that are no stream give an empty one.
  static TokenStream from_bytes(std::string_view bytes);

 private:
  static constexpr std::size_t kFirst = 2;  // before it: where heading and body begin
  std::vector<TokenCode> codes_{TokenCode(kFirst), TokenCode(kFirst)};
};

}  // namespace muai
