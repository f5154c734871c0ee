#include "rag/similar.h"

#include <algorithm>
#include <cstddef>

#include "muai/text/utf8.h"

namespace muai {
namespace {

constexpr double kScoreShare = 0.02;    // scores this close, relative to the better one
constexpr double kSharedTriples = 0.9;  // of both texts together (Jaccard)

// The words of `text` as hashes; a character outside ASCII is a word of its own.
std::vector<std::uint64_t> word_hashes(std::string_view text) {
  constexpr std::uint64_t kOffset = 14695981039346656037u;
  constexpr std::uint64_t kPrime = 1099511628211u;
  std::vector<std::uint64_t> words;
  std::uint64_t hash = kOffset;
  const auto end_word = [&] {
    if (hash != kOffset) words.push_back(hash);
    hash = kOffset;
  };
  for (Utf8Cursor at(text); !at.done(); at.next()) {
    const char32_t value = at.value();
    if (value <= ' ') {
      end_word();
    } else if (value < 0x80) {
      hash = (hash ^ value) * kPrime;
    } else {
      end_word();
      words.push_back((kOffset ^ value) * kPrime);
    }
  }
  end_word();
  return words;
}

std::vector<std::uint64_t> triples_of(std::string_view text) {
  const std::vector<std::uint64_t> words = word_hashes(text);
  std::vector<std::uint64_t> triples;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::uint64_t second = i + 1 < words.size() ? words[i + 1] : 0;
    const std::uint64_t third = i + 2 < words.size() ? words[i + 2] : 0;
    triples.push_back(words[i] * 31 * 31 + second * 31 + third);
  }
  std::ranges::sort(triples);
  const auto repeated = std::ranges::unique(triples);
  triples.erase(repeated.begin(), repeated.end());
  return triples;
}

double jaccard(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  std::vector<std::uint64_t> shared;
  std::ranges::set_intersection(a, b, std::back_inserter(shared));
  const std::size_t all = a.size() + b.size() - shared.size();
  return all == 0 ? 1 : static_cast<double>(shared.size()) / static_cast<double>(all);
}

}  // namespace

bool SimilarTexts::add_if_new(std::string_view text, double score) {
  std::vector<std::uint64_t> triples;
  for (Shown& shown : shown_) {
    if (shown.score - score > kScoreShare * shown.score) continue;
    if (triples.empty()) triples = triples_of(text);
    if (shown.triples.empty()) shown.triples = triples_of(shown.text);
    if (jaccard(triples, shown.triples) >= kSharedTriples) return false;
  }
  shown_.push_back({score, std::string(text), std::move(triples)});
  return true;
}

}  // namespace muai
