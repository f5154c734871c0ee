#include "rag/gathering.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace muai {
namespace {

constexpr double kReach = 24;  // positions
constexpr std::uint32_t kSentenceGap = 8;
constexpr double kNameShare = 0.3;

// exp(-distance / kReach).
double fading(std::uint32_t distance) {
  constexpr std::size_t kFar = 256;  // as good as nothing
  static const auto table = [] {
    std::array<double, kFar> all;
    for (std::size_t i = 0; i < kFar; ++i) all[i] = std::exp(-static_cast<double>(i) / kReach);
    return all;
  }();
  return distance < kFar ? table[distance] : 0;
}

}  // namespace

Gathering::Gathering(const AskedTerms& asked, const TermTable& table)
    : asked_(asked), table_(table), last_(asked.terms.size()) {}

double Gathering::most(const ReadCandidate& candidate) {
  std::ranges::fill(last_, kNever);
  double best = 0;
  double here = 0;
  std::uint32_t before = 0;
  for (const Occurrence& occurrence : candidate.in_body) {
    const std::uint32_t place = occurrence.position + kSentenceGap * occurrence.sentence;
    here *= fading(place - before);
    before = place;
    const AskedTerm& term = asked_.terms[occurrence.term];
    std::uint32_t& last = last_[occurrence.term];
    const double left = last == kNever ? 0 : fading(place - last);
    here += term.weight * term.idf * (1 - left);
    last = place;
    best = std::max(best, here);
  }
  return best + of_names(candidate);
}

double Gathering::of_names(const ReadCandidate& candidate) {
  double sum = 0;
  for (const Field field : {Field::Title, Field::Heading}) {
    for (const TokenCode token : candidate.tokens.field(field)) {
      const std::size_t number = table_.find(token.term());
      if (number == TermTable::kNone || last_[number] != kNever) continue;
      last_[number] = 0;
      sum += kNameShare * asked_.terms[number].weight * asked_.terms[number].idf;
    }
  }
  return sum;
}

}  // namespace muai
