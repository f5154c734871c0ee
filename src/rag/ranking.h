#pragma once

// How passages are ranked, in two looks.
//
// The first reads the index only and scores every passage that holds a word of the query with
// BM25F over title, headings and body:
//
//   f(t, p)  = sum over fields of  weight(field) * occurrences of t in that field of p
//   bm25(p)  = sum over t of  idf(t) * f * (k1 + 1) / (f + k1 * (1 - b + b * |p| / mean))
//
// with idf(t) = ln(1 + (N - n + 0.5) / (n + 0.5)). Robertson, Zaragoza and Taylor, "Simple BM25
// extension to multiple weighted fields" (2004).
// The second look (second_look.h) reads the best passages themselves.
//
// The constants are the middle of plateaus found on seven public collections, each checked by
// leaving one collection out (docs/decisions, bench/retrieval_eval.cpp).

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/result.h"
#include "muai/rag/passage.h"
#include "muai/store/passage_store.h"

namespace muai {

struct RankingModel {
  double k1 = 1.5;  // of queries in words
  double b = 0.5;
  double k1_cjk = 1.0;  // of queries in CJK characters: a bigram says less the second time
  double b_cjk = 0.6;
  double title_weight = 5;
  double heading_weight = 1.5;
  double cjk_character_weight = 1.5;  // of a single character beside its bigrams
  double coverage_weight = 0.25;  // of a passage that holds the whole query, as a share of sum idf
  double proximity_weight = 0.8;  // of a pair of words, as a share of the lesser idf of the two
  double sentence_weight = 0.4;   // of one sentence that holds the whole query, of sum idf
  double gathering_weight = 1.5;  // of the whole query around one place, of sum idf
  double phrase_weight = 0.5;     // of all neighbours of the query, of sum idf
  double naming_weight = 0.4;     // of a title or heading that names the query
  double feedback_weight = 0.4;   // of the feedback terms together, of the query's weight
  std::size_t feedback_passages = 8;
  std::size_t feedback_terms = 20;
  // Feedback has no weight while the passages behind the first score less than this share of it on
  // average, and all of it from the second, larger one on: where one passage stands out, the others
  // are about something else.
  double feedback_agreement = 0.45;
  double feedback_agreement_full = 0.6;
  // Of the nearest vector, as a share of the best score of words; others get less in proportion to
  // their cosine above that of the farthest candidate.
  double vector_weight = 0.3;
  // Of the score of a passage in CJK characters for a query without any, and the other way round:
  // who asks in one language would rather read it, unless the answer stands in the other one.
  double other_script_share = 0.6;
  double spelling_weight = 0.7;  // of an index term that stands for a word no passage holds
  // Terms in more passages than both are dropped, unless nothing else is left. In a small
  // collection a common word costs nothing and still tells a little.
  double common_share = 0.2;
  std::size_t common_min = 5000;
};

struct RankedPassage {
  std::int64_t passage_id = 0;
  double score = 0;
  ScoreReasons why;  // its lists only when asked for
};

// A passage whose vector is near the query's.
struct NearPassage {
  std::int64_t passage_id = 0;
  double cosine = 0;
};

struct RankingRequest {
  std::string_view query;
  std::size_t limit = 10;
  Reasons reasons = Reasons::Omit;
  std::vector<NearPassage> near = {};  // candidates beside those of the words; best first
};

// The best `limit` passages, best first; equal scores in order of id.
Result<std::vector<RankedPassage>> rank_passages(PassageStore& store, const RankingRequest& request,
                                                 const RankingModel& model = {});

}  // namespace muai
