#pragma once

// The first look of the ranking: which passages hold the words of a query, from the index alone.

#include <cstdint>
#include <string>
#include <vector>

#include "muai/core/result.h"
#include "muai/store/passage_store.h"
#include "rag/query_terms.h"
#include "rag/ranking.h"

namespace muai {

struct Candidate {
  std::int64_t passage_id = 0;
  double score = 0;
};

struct FirstLook {
  AskedTerms asked;               // those that some passage holds, with their counts
  Script script = Script::Other;  // of the query: Cjk when it has such characters
  std::vector<std::string> dropped_terms;
  std::vector<Candidate> candidates;  // best first; equal scores in order of id
  IndexSizes sizes;
};

// The best `limit` passages by BM25F, those in another script than the query's for less
// (RankingModel::other_script_share). Time is linear in the postings of the query's terms, a few
// nanoseconds each, and in all passages, a fraction of one.
Result<FirstLook> first_look(PassageStore& store, std::string_view query, std::size_t limit,
                             const RankingModel& model);

// ln(1 + (N - n + 0.5) / (n + 0.5)).
double idf_of(std::size_t passages_with, std::size_t passages);

// k1 and b for this query.
struct Saturation {
  double k1;
  double b;
  double mean_length;
  double operator()(double frequency, double length) const {
    return frequency * (k1 + 1) / (frequency + k1 * (1 - b + b * length / mean_length));
  }
};
Saturation saturation_of(const AskedTerms& asked, const IndexSizes& sizes,
                         const RankingModel& model);

}  // namespace muai
