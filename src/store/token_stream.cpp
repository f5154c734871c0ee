#include "muai/store/token_stream.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "muai/text/language.h"
#include "muai/text/tokens.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

static_assert(std::endian::native == std::endian::little, "streams are stored as they are");

// A mark that ends sentences, followed by a blank where it is Latin: an approximation that costs
// nothing.
bool ends_sentence(std::string_view between) {
  for (std::size_t i = 0; i < between.size(); ++i) {
    const char byte = between[i];
    if (byte == '\n') return true;
    if (byte == '.' || byte == '!' || byte == '?') {
      if (i + 1 < between.size() && static_cast<unsigned char>(between[i + 1]) <= ' ') return true;
    }
    const std::string_view mark = between.substr(i, 3);
    if (mark == "。" || mark == "！" || mark == "？") return true;
  }
  return false;
}

bool ends_part(std::string_view between) { return between.find('>') != std::string_view::npos; }

bool is_number(std::string_view term) {
  return term.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_one_cjk(std::string_view term) {
  if (term.size() < 2 || term.size() > 4 || static_cast<unsigned char>(term.front()) < 0x80) {
    return false;
  }
  const CodePoint point = decode_utf8(term, 0);
  return point.size == term.size() && is_cjk(point.value);
}

class FieldReader {
 public:
  FieldReader(std::string_view text, Field field, TokenStream& stream)
      : text_(text), field_(field), stream_(stream) {
    stream.begin(field);
  }

  void add(const Token& token) {
    std::uint32_t marks = token.same_position ? TokenCode::SamePosition : 0;
    if (token.span.begin >= end_before_ && begins(token)) marks |= TokenCode::Begins;
    if (says_nothing(token)) marks |= TokenCode::SaysNothing;
    end_before_ = std::max(end_before_, token.span.end);
    stream_.add(TokenCode(term_code(token.term), marks));
  }

 private:
  bool begins(const Token& token) const {
    if (end_before_ == 0) return true;
    const auto between = text_.substr(end_before_, token.span.begin - end_before_);
    return field_ == Field::Heading ? ends_part(between) : ends_sentence(between);
  }

  // Tokens of a CJK run overlap; a character that stands in a bigram comes behind it.
  bool says_nothing(const Token& token) const {
    if (is_one_cjk(token.term)) return token.same_position || token.span.begin < end_before_;
    return is_number(token.term) || is_stop_word(token.term);
  }

  std::string_view text_;
  Field field_;
  TokenStream& stream_;
  std::size_t end_before_ = 0;
};

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

TokenStream token_stream_of(const IndexedText& text) {
  TokenStream stream;
  const std::array<std::string_view, kFieldCount> texts{text.title, text.heading, text.body};
  for (std::size_t number = 0; number < kFieldCount; ++number) {
    FieldReader reader(texts[number], static_cast<Field>(number), stream);
    for_each_token(
        texts[number], [&](const Token& token) { reader.add(token); },
        TokenOptions{.cjk_unigrams = CjkUnigrams::All, .stop_words = StopWords::Keep});
  }
  return stream;
}

}  // namespace muai
