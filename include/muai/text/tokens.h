#pragma once

// The one tokenizer: indexes, queries, sentence ranking and novelty checks all use it.
//
// - A word is a run of letters and digits, folded (muai/text/fold.h) without accents; words in
//   Latin letters are stemmed as English. Apostrophes inside a word belong to it.
// - A run of CJK characters gives its overlapping bigrams; a run of one gives that character.
// - An identifier (snake_case, CamelCase, os.path.join, v1.2.3) gives itself and then its parts.
//   Dotted initials give one word (U.S. -> us); 1,000 gives 1000; C++ and C# stay whole.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "muai/core/byte_span.h"

namespace muai {

enum class CjkUnigrams : std::uint8_t {
  OnlyAlone,  // single characters only where a run has one: queries, ranking
  All,        // every character too: an index in which one-character queries find something
};

enum class StopWords : std::uint8_t { Keep, Drop };

struct TokenOptions {
  CjkUnigrams cjk_unigrams = CjkUnigrams::OnlyAlone;
  StopWords stop_words = StopWords::Keep;
};

struct Token {
  std::string_view term;  // valid only during the call of the sink
  ByteSpan span;          // the bytes of the text it came from; begins never decrease
  bool same_position;     // stands at the position of the token before it
};

// Bump when the same text may give other terms: indexes compare it and rebuild.
inline constexpr int kTokenizerVersion = 2;

// Terms are cut to this many bytes (at a code point boundary); spans stay whole.
inline constexpr std::size_t kTermBytesMax = 128;

namespace internal {
using TokenCallback = bool (*)(void* sink, const Token& token);  // false stops
bool tokenize(std::string_view text, TokenOptions options, void* sink, TokenCallback callback);
}  // namespace internal

// Calls sink(const Token&) for each token in order. A sink that returns bool stops by false; then
// for_each_token returns false. Linear time, any bytes; broken ones separate words. Thread-safe:
// each thread has its own stemmer.
template <class Sink>
bool for_each_token(std::string_view text, Sink&& sink, TokenOptions options = {}) {
  using Plain = std::remove_reference_t<Sink>;
  return internal::tokenize(
      text, options, const_cast<void*>(static_cast<const void*>(&sink)),
      [](void* opaque, const Token& token) {
        Plain& target = *static_cast<Plain*>(opaque);
        if constexpr (std::is_same_v<std::invoke_result_t<Plain&, const Token&>, bool>) {
          return target(token);
        } else {
          target(token);
          return true;
        }
      });
}

// The terms alone, in order.
std::vector<std::string> analyse(std::string_view text, TokenOptions options = {});

// True for words that say nothing about the topic ("the", "的", "什么"), folded; also for the
// stem of such a word, so that terms can be asked.
bool is_stop_word(std::string_view folded_word);

}  // namespace muai
