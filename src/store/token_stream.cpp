#include "muai/store/token_stream.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace muai {
namespace {

static_assert(std::endian::native == std::endian::little, "streams are stored as they are");

}  // namespace

void TokenStream::begin(Field field) {
  const auto number = static_cast<std::size_t>(field);
  const auto at = static_cast<std::uint32_t>(codes_.size());
  for (std::size_t i = std::max<std::size_t>(number, 1); i < kFieldCount; ++i) {
    codes_[i - 1] = TokenCode(at);
  }
}

std::span<const TokenCode> TokenStream::field(Field field) const {
  const std::array<std::size_t, kFieldCount + 1> bounds{kFirst, codes_[0].bits(), codes_[1].bits(),
                                                        codes_.size()};
  const auto number = static_cast<std::size_t>(field);
  return std::span(codes_).subspan(bounds[number], bounds[number + 1] - bounds[number]);
}

std::uint32_t TokenStream::length(Field field) const {
  return static_cast<std::uint32_t>(std::ranges::count_if(
      this->field(field), [](TokenCode code) { return !code.is(TokenCode::SamePosition); }));
}

// In a run of CJK characters every second token is a character that also stands in a bigram; in
// other texts hardly any token says nothing at the position of another.
PassageLength TokenStream::passage_length() const {
  constexpr std::ptrdiff_t kTokensACharacter = 6;
  const auto body = field(Field::Body);
  const std::ptrdiff_t characters = std::ranges::count_if(body, [](TokenCode code) {
    return code.is(TokenCode::SamePosition) && code.is(TokenCode::SaysNothing);
  });
  const bool is_cjk = characters * kTokensACharacter > static_cast<std::ptrdiff_t>(body.size());
  return {length(Field::Body), is_cjk ? Script::Cjk : Script::Other};
}

std::string_view TokenStream::bytes() const {
  return {reinterpret_cast<const char*>(codes_.data()), codes_.size() * sizeof(TokenCode)};
}

TokenStream TokenStream::from_bytes(std::string_view bytes) {
  TokenStream stream;
  const std::size_t count = bytes.size() / sizeof(TokenCode);
  if (count < kFirst || bytes.size() % sizeof(TokenCode) != 0) return stream;
  stream.codes_.resize(count);
  std::memcpy(stream.codes_.data(), bytes.data(), bytes.size());
  const std::uint32_t heading = stream.codes_[0].bits();
  const std::uint32_t body = stream.codes_[1].bits();
  if (heading < kFirst || body < heading || body > count) return TokenStream();
  return stream;
}

}  // namespace muai
