#pragma once

// Where in the sources a sentence is upheld. Private to the steps.

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "muai/core/byte_span.h"
#include "muai/steps/cited_answer.h"

namespace muai {

// The part of a source that upholds a sentence, alone or together with parts of others.
struct Evidence {
  std::size_t source = 0;
  ByteSpan span;  // one to three whole sentences of it
};

// The sentences of all sources by their words. Views `sources`, which must outlive it.
class EvidenceIndex {
 public:
  explicit EvidenceIndex(std::span<const CitableSource> sources, std::string_view question);

  // The best place of one source that upholds the claim alone.
  std::optional<Evidence> find(std::string_view claim, std::size_t source) const;

  // The best places of several sources that uphold it together; each is needed. Empty when they
  // do not.
  std::vector<Evidence> find_together(std::string_view claim,
                                      std::span<const std::size_t> sources) const;

 private:
  static constexpr std::size_t kClaimTermsMax = 256;
  using Terms = std::bitset<kClaimTermsMax>;

  struct Sentence {
    ByteSpan span;
    std::vector<std::uint32_t> terms;
  };
  struct Source {
    std::vector<Sentence> sentences;
    std::vector<std::uint32_t> title;
  };
  // A claim's terms as bits.
  struct Claim {
    std::string_view text;
    std::size_t terms = 0;
    std::unordered_map<std::uint32_t, std::size_t> bits;
    std::vector<std::string> hard;  // numbers and names
  };
  struct Window {
    std::size_t first = 0;
    std::size_t count = 0;
    Terms terms;
    std::size_t rank = 0;
  };

  std::vector<std::uint32_t> ids_of(std::string_view text);
  std::optional<Claim> read_claim(std::string_view text) const;
  Terms terms_of(const Claim& claim, const std::vector<std::uint32_t>& ids) const;
  std::optional<Window> best_window(const Claim& claim, std::size_t source, std::size_t width,
                                    std::size_t terms_min) const;
  bool is_upheld_in(const Claim& claim, std::size_t source, const Window& window) const;
  std::string text_of(std::size_t source, const Window& window) const;
  Evidence evidence_of(std::size_t source, const Window& window) const;

  std::span<const CitableSource> sources_;
  std::unordered_map<std::string, std::uint32_t> ids_;
  std::vector<Source> read_;
  std::vector<std::uint32_t> question_;
};

// Whether one of the sources upholds the claim alone, or two together.
bool is_upheld_by(std::string_view claim, std::span<const CitableSource> sources);

// Numbers and names of a sentence, as they are written: each must stand in its evidence.
std::vector<std::string> hard_words(std::string_view claim);

// Whether `text` holds the word, not as a part of a longer word or number.
bool holds_word(std::string_view text, std::string_view word);

}  // namespace muai
