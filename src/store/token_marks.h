#pragma once

// What a TokenCode says of a token beside its term.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "muai/store/postings.h"
#include "muai/text/tokens.h"

namespace muai {

enum class TermKind : std::uint8_t { Telling, SaysNothing, CjkCharacter };

// Of a term wherever it stands.
TermKind term_kind(std::string_view term);

// The marks of the tokens of one field, given in order.
class TokenMarks {
 public:
  TokenMarks(std::string_view text, Field field) : text_(text), field_(field) {}

  // What the token's place says, to be completed by `of_kind`.
  std::uint32_t next(const Token& token);
  static std::uint32_t of_kind(std::uint32_t marks, TermKind kind);

 private:
  bool begins(const Token& token) const;

  std::string_view text_;
  Field field_;
  std::size_t end_before_ = 0;
};

}  // namespace muai
