// One pass. At each letter or digit a chunk is read: a word, or an identifier with its dots and
// underscores; at each CJK character a run. Plain ASCII words, nearly all of English, are folded
// in a fixed buffer; anything else goes through ICU.
#include "muai/text/tokens.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "muai/core/check.h"
#include "muai/text/fold.h"
#include "muai/text/language.h"
#include "muai/text/utf8.h"
#include "text/scan.h"
#include "text/stemmer.h"

namespace muai {
namespace {

enum CharClass : std::uint8_t { Lower = 1, Upper = 2, Digit = 4, Underscore = 8, High = 16 };

constexpr std::array<std::uint8_t, 256> kClass = [] {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = Lower;
  for (unsigned c = 'A'; c <= 'Z'; ++c) table[c] = Upper;
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = Digit;
  table['_'] = Underscore;
  for (unsigned c = 0x80; c < 0x100; ++c) table[c] = High;
  return table;
}();

constexpr std::uint8_t kLetter = Lower | Upper;
constexpr std::uint8_t kAlnum = kLetter | Digit;

std::uint8_t class_at(std::string_view text, std::size_t at) {
  return at < text.size() ? kClass[static_cast<unsigned char>(text[at])] : std::uint8_t{0};
}

std::uint32_t category(char32_t c) { return U_GET_GC_MASK(static_cast<UChar32>(c)); }

bool begins_word(char32_t c) { return (category(c) & (U_GC_L_MASK | U_GC_ND_MASK)) != 0; }

// Marks and the soft hyphen go on with a word, but begin none.
bool continues_word(char32_t c) {
  return c == 0xAD || (category(c) & (U_GC_L_MASK | U_GC_ND_MASK | U_GC_M_MASK)) != 0;
}

// The bytes of an apostrophe at `at`, straight or curly; 0 when there is none.
std::size_t apostrophe_at(std::string_view text, std::size_t at) {
  if (at >= text.size()) return 0;
  if (text[at] == '\'') return 1;
  return text.substr(at, 3) == "\xE2\x80\x99" ? 3 : 0;
}

// CJK characters that NFKC leaves alone: all but compatibility and half-width forms.
bool is_folded_cjk(char32_t c) {
  return (c >= 0x3041 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x9FFF) ||
         (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0x20000 && c < 0x2F800);
}

// NFKC case folding without the accents of Latin, Greek and Cyrillic letters.
std::string fold_word(std::string_view word) {
  const std::string folded = fold(word);
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfd = icu::Normalizer2::getNFDInstance(status);
  MUAI_CHECK(U_SUCCESS(status));
  std::string apart;
  icu::StringByteSink<std::string> sink(&apart);
  nfd->normalizeUTF8(0, folded, sink, nullptr, status);
  MUAI_CHECK(U_SUCCESS(status));
  std::string bare;
  for (Utf8Cursor at(apart); !at.done(); at.next()) {
    const char32_t c = at.value();
    if (c == 0x2019) {
      bare.push_back('\'');
    } else if (c < 0x300 || c > 0x36F) {
      append_utf8(bare, c);
    }
  }
  return bare;
}

bool is_stemmable(std::string_view folded) {
  return folded.size() >= 3 &&
         std::ranges::all_of(folded, [](char c) { return is_ascii_lower(c) || c == '\''; });
}

// U.S and e.g, but not p.x.
bool are_initials(std::string_view whole, std::uint8_t classes) {
  if (classes != Upper) return whole == "e.g" || whole == "i.e" || whole == "a.m" || whole == "p.m";
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if ((whole[i] == '.') != (i % 2 == 1)) return false;
  }
  return true;
}

// What a chunk holds, seen while its end is looked for.
struct Chunk {
  ByteSpan span;
  std::uint8_t classes = 0;  // of its bytes, or-ed
  bool dotted = false;
  bool comma = false;
  bool camel = false;
  bool apostrophe = false;
};

class Tokenizer {
 public:
  Tokenizer(std::string_view text, TokenOptions options, void* sink,
            internal::TokenCallback callback)
      : text_(text), options_(options), sink_(sink), callback_(callback) {}

  bool run();

 private:
  Chunk read_chunk(std::size_t at) const;
  std::size_t joiner(const Chunk& chunk, std::size_t at) const;
  bool emit_chunk(const Chunk& chunk);
  bool emit_identifier(const Chunk& chunk);
  bool emit_word(const Chunk& word, bool same_position);
  bool emit_camel_parts(ByteSpan word);
  bool emit_folded(ByteSpan span, bool same_position);
  bool emit_sharp_name(ByteSpan letter, std::size_t end);
  bool cjk_run();
  bool emit_cjk(ByteSpan span, bool folded, bool same_position);
  bool emit(std::string_view term, ByteSpan span, bool same_position);

  std::string_view text_;
  TokenOptions options_;
  void* sink_;
  internal::TokenCallback callback_;
  std::size_t at_ = 0;
};

bool Tokenizer::run() {
  while (at_ < text_.size()) {
    const std::uint8_t kind = kClass[static_cast<unsigned char>(text_[at_])];
    if (kind == 0) {
      ++at_;
      continue;
    }
    if (kind == High) {
      const CodePoint point = decode_utf8(text_, at_);
      if (point.valid && is_cjk(point.value)) {
        if (!cjk_run()) return false;
        continue;
      }
      if (!point.valid || !begins_word(point.value)) {
        at_ += point.size;
        continue;
      }
    }
    const Chunk chunk = read_chunk(at_);
    at_ = chunk.span.end;
    if (!emit_chunk(chunk)) return false;
  }
  return true;
}

Chunk Tokenizer::read_chunk(std::size_t at) const {
  Chunk chunk;
  chunk.span = {at, at};
  std::uint8_t before = 0;
  while (at < text_.size()) {
    const std::uint8_t kind = class_at(text_, at);
    if ((kind & (kAlnum | Underscore)) != 0) {
      chunk.camel |= kind == Upper && before == Lower;
      // HTTPServer: the last of a run of capitals begins the next part.
      chunk.camel |= kind == Lower && before == Upper && at >= chunk.span.begin + 2 &&
                     class_at(text_, at - 2) == Upper;
      chunk.classes |= kind;
      before = kind;
      ++at;
      continue;
    }
    before = 0;
    if (kind == High && apostrophe_at(text_, at) == 0) {
      const CodePoint point = decode_utf8(text_, at);
      if (!point.valid || !continues_word(point.value) || is_cjk(point.value)) break;
      chunk.classes |= High;
      at += point.size;
      continue;
    }
    chunk.span.end = at;
    const std::size_t joined = joiner(chunk, at);
    if (joined == 0) break;
    chunk.dotted |= text_[at] == '.';
    chunk.comma |= text_[at] == ',';
    chunk.apostrophe |= text_[at] != '.' && text_[at] != ',';
    at += joined;
  }
  chunk.span.end = at;
  return chunk;
}

// The bytes at `at` that join what was read with what follows: a dot between names or digits, an
// apostrophe between letters, a comma between groups of three digits. 0 when nothing joins.
std::size_t Tokenizer::joiner(const Chunk& chunk, std::size_t at) const {
  const std::uint8_t before = class_at(text_, at - 1);
  if (text_[at] == '.') {
    const bool joins = (class_at(text_, at + 1) & (kAlnum | Underscore)) != 0 && before != 0;
    return joins ? 1 : 0;
  }
  if (const std::size_t bytes = apostrophe_at(text_, at); bytes > 0) {
    const bool joins = (class_at(text_, at + bytes) & kLetter) != 0 && (before & (kLetter | High));
    return joins ? bytes : 0;
  }
  if (text_[at] == ',' && chunk.classes == Digit && !chunk.dotted) {
    for (std::size_t i = 1; i <= 3; ++i) {
      if (class_at(text_, at + i) != Digit) return 0;
    }
    return (class_at(text_, at + 4) & (kAlnum | Underscore)) == 0 ? 1 : 0;
  }
  return 0;
}

bool Tokenizer::emit_chunk(const Chunk& chunk) {
  if ((chunk.classes & (kAlnum | High)) == 0) return true;  // underscores only
  if (chunk.dotted || (chunk.classes & Underscore) != 0) return emit_identifier(chunk);
  if (chunk.span.size() == 1 && (chunk.classes & kLetter) != 0) {
    const std::size_t at = chunk.span.end;
    const bool plus = text_.substr(at, 2) == "++";
    const bool sharp = text_.substr(at, 1) == "#";
    const std::size_t end = at + (plus ? 2 : 1);
    if ((plus || sharp) && (class_at(text_, end) & (kAlnum | Underscore)) == 0) {
      return emit_sharp_name(chunk.span, end);
    }
  }
  return emit_word(chunk, false);
}

// "C++" and "c".
bool Tokenizer::emit_sharp_name(ByteSpan letter, std::size_t end) {
  at_ = end;
  const ByteSpan whole{letter.begin, end};
  return emit(fold(whole.of(text_)), whole, false) && emit_folded(letter, true);
}

// The whole of a name with dots or underscores, then its parts, the first at the same position.
bool Tokenizer::emit_identifier(const Chunk& chunk) {
  const std::string_view whole = chunk.span.of(text_);
  if (are_initials(whole, chunk.classes)) {
    std::string joined(whole);
    std::erase(joined, '.');
    return emit(fold(joined), chunk.span, false);
  }
  std::string term = (chunk.classes & High) != 0 ? fold_word(whole) : fold(whole);
  if (chunk.comma) std::erase(term, ',');
  if (!emit(term, chunk.span, false)) return false;
  const std::string_view chunk_text = text_.substr(0, chunk.span.end);
  bool same_position = true;
  for (std::size_t at = chunk.span.begin; at < chunk.span.end;) {
    const std::size_t end = std::min(chunk_text.find_first_of("._", at), chunk.span.end);
    if (end > at) {
      const Tokenizer part_reader(text_.substr(0, end), options_, sink_, callback_);
      const Chunk part = part_reader.read_chunk(at);
      if (!emit_word(part, same_position)) return false;
      same_position = false;
    }
    at = end + 1;
  }
  return true;
}

bool Tokenizer::emit_word(const Chunk& word, bool same_position) {
  if (word.classes == 0) return true;
  if (!emit_folded(word.span, same_position)) return false;
  return !word.camel || word.classes >= High || emit_camel_parts(word.span);
}

bool Tokenizer::emit_camel_parts(ByteSpan word) {
  bool same_position = true;
  std::size_t begin = word.begin;
  for (std::size_t at = word.begin + 1; at <= word.end; ++at) {
    const bool last = at == word.end;
    const std::uint8_t kind = last ? std::uint8_t{0} : class_at(text_, at);
    const std::uint8_t before = class_at(text_, at - 1);
    const bool next_lower = at + 1 < word.end && class_at(text_, at + 1) == Lower;
    const bool boundary = last || (kind == Upper && (before != Upper || next_lower));
    if (!boundary) continue;
    // One letter alone (iPhone) says nothing.
    if (at - begin >= 2) {
      if (!emit_folded({begin, at}, same_position)) return false;
      same_position = false;
    }
    begin = at;
  }
  return true;
}

// One word: folded, then stemmed when it is written in Latin letters.
bool Tokenizer::emit_folded(ByteSpan span, bool same_position) {
  const std::string_view word = span.of(text_);
  std::array<char, 64> buffer;
  std::size_t size = 0;
  std::uint8_t classes = 0;
  for (std::size_t i = 0; i < word.size() && size < buffer.size(); ++i) {
    const char c = word[i];
    const std::uint8_t kind = kClass[static_cast<unsigned char>(c)];
    classes |= kind;
    if (kind == High) break;
    if (c == ',') continue;
    buffer[size++] = kind == Upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if ((classes & High) == 0 && word.size() <= buffer.size()) {
    std::string_view term(buffer.data(), size);
    if ((classes & Digit) == 0 && size >= 3) term = stem_english(term);
    return emit(term, span, same_position);
  }
  std::string term = fold_word(word);
  if (is_stemmable(term) && term.size() <= kTermBytesMax) term = stem_english(term);
  return emit(term, span, same_position);
}

bool Tokenizer::cjk_run() {
  CodePoint last;
  std::size_t last_at = at_;
  std::size_t length = 0;
  const bool all = options_.cjk_unigrams == CjkUnigrams::All;
  while (at_ < text_.size()) {
    const CodePoint point = decode_utf8(text_, at_);
    if (!point.valid || !is_cjk(point.value)) break;
    if (length > 0) {
      const bool folded = is_folded_cjk(last.value) && is_folded_cjk(point.value);
      if (!emit_cjk({last_at, at_ + point.size}, folded, false)) return false;
      if (all && !emit_cjk({last_at, at_}, is_folded_cjk(last.value), true)) return false;
    }
    last = point;
    last_at = at_;
    at_ += point.size;
    ++length;
  }
  if (length > 1 && !all) return true;
  return emit_cjk({last_at, at_}, is_folded_cjk(last.value), false);
}

bool Tokenizer::emit_cjk(ByteSpan span, bool folded, bool same_position) {
  if (folded) return emit(span.of(text_), span, same_position);
  return emit(fold(span.of(text_)), span, same_position);
}

bool Tokenizer::emit(std::string_view term, ByteSpan span, bool same_position) {
  if (term.size() > kTermBytesMax) term = term.substr(0, boundary_before(term, kTermBytesMax));
  if (term.empty()) return true;
  if (options_.stop_words == StopWords::Drop && is_stop_word(term)) return true;
  return callback_(sink_, Token{term, span, same_position});
}

}  // namespace

namespace internal {

bool tokenize(std::string_view text, TokenOptions options, void* sink, TokenCallback callback) {
  return Tokenizer(text, options, sink, callback).run();
}

}  // namespace internal

std::vector<std::string> analyse(std::string_view text, TokenOptions options) {
  std::vector<std::string> terms;
  for_each_token(text, [&terms](const Token& token) { terms.emplace_back(token.term); }, options);
  return terms;
}

}  // namespace muai
