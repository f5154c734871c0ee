#pragma once

// How passages are ranked: BM25F over title, headings and body, plus proximity and coverage.
//
//   f(t, p)  = sum over fields of  weight(field) * occurrences of t in that field of p
//   bm25(p)  = sum over t of  idf(t) * f * (k1 + 1) / (f + k1 * (1 - b + b * |p| / mean))
//
// with idf(t) = ln(1 + (N - n + 0.5) / (n + 0.5)). Robertson, Zaragoza and Taylor, "Simple BM25
// extension to multiple weighted fields" (2004). Proximity follows Buettcher, Clarke and Lushman,
// "Term proximity scoring for ad-hoc retrieval" (2006): each close pair of neighbouring query
// words adds to an accumulator that is damped like a term frequency; CJK bigrams need none, they
// are neighbours by nature. Coverage is the square of the share of the query's idf that is present.
// The constants are the best of a few round values on seven public collections
// (bench/retrieval_eval.cpp); all of them lie on broad plateaus.

#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/result.h"
#include "muai/rag/passage.h"
#include "muai/store/passage_store.h"

namespace muai {

struct RankingModel {
  double k1 = 1.5;
  double b = 0.5;
  double title_weight = 3;
  double heading_weight = 1.5;
  double proximity_weight = 0.5;  // of a pair of words, as a share of the lesser idf of the two
  double coverage_weight = 0.2;   // of a passage that holds the whole query, as a share of sum idf
  // Terms in more passages than both are dropped, unless nothing else is left. In a small
  // collection a common word costs nothing and still tells a little.
  double common_share = 0.2;
  std::size_t common_min = 5000;
  // Passages that the selecting terms may match before the others are only looked up.
  std::size_t visits_max = 3000;
};

struct RankedPassage {
  std::int64_t passage_id = 0;
  double score = 0;
  ScoreReasons why;  // always filled but for TermScore::term and dropped_terms
};

struct Ranking {
  std::vector<RankedPassage> passages;  // best first; equal scores in order of id
  std::vector<std::string> terms;       // the query's terms, as TermScore::term
  std::vector<std::string> dropped_terms;
};

// The best `limit` passages for `query`.
Result<Ranking> rank_passages(PassageStore& store, std::string_view query, std::size_t limit,
                              const RankingModel& model = {});

}  // namespace muai
