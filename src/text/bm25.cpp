#include "muai/text/bm25.h"

#include <cmath>

#include "muai/core/check.h"

namespace muai {

std::size_t Bm25::add(std::span<const std::string> terms) {
  const std::size_t passage = lengths_.size();
  MUAI_CHECK(passage < UINT32_MAX && terms.size() < UINT32_MAX);
  const auto number = static_cast<std::uint32_t>(passage);
  for (const std::string& term : terms) {
    auto& postings = postings_[term];
    // Passages come in order, so a repeat of the term is always in the last posting.
    if (!postings.empty() && postings.back().passage == number) {
      ++postings.back().count;
    } else {
      postings.push_back({number, 1});
    }
  }
  lengths_.push_back(static_cast<std::uint32_t>(terms.size()));
  terms_total_ += terms.size();
  return passage;
}

std::size_t Bm25::passages_with(std::string_view term) const {
  const auto found = postings_.find(term);
  return found == postings_.end() ? 0 : found->second.size();
}

double Bm25::idf(std::string_view term) const { return idf_of(passages_with(term)); }

double Bm25::idf_of(std::size_t passages) const {
  const auto with = static_cast<double>(passages);
  return std::log1p((static_cast<double>(size()) - with + 0.5) / (with + 0.5));
}

std::vector<double> Bm25::scores(std::span<const std::string> query) const {
  std::vector<double> scores(size(), 0.0);
  if (terms_total_ == 0) return scores;
  const double average = static_cast<double>(terms_total_) / static_cast<double>(size());
  for (const std::string& term : query) {
    const auto found = postings_.find(std::string_view(term));
    if (found == postings_.end()) continue;
    const double idf = idf_of(found->second.size());
    for (const Posting& posting : found->second) {
      const double count = posting.count;
      const double length = lengths_[posting.passage];
      const double norm = options_.k1 * (1 - options_.b + options_.b * length / average);
      scores[posting.passage] += idf * count * (options_.k1 + 1) / (count + norm);
    }
  }
  return scores;
}

}  // namespace muai
