#pragma once

// How much of a query gathers around one place of a passage. A passage that answers a question says
// its words close together; one that merely belongs to the topic has them here and there.

#include <cstdint>
#include <limits>
#include <vector>

#include "rag/query_terms.h"
#include "rag/read_candidate.h"
#include "rag/term_table.h"

namespace muai {

// For the candidates of one query, one after the other. Keeps references to `asked` and `table`.
class Gathering {
 public:
  Gathering(const AskedTerms& asked, const TermTable& table);

  // The largest, over the places of a body, of
  //
  //   sum over the query's terms t of  weight(t) * idf(t) * exp(-d(t) / 24)
  //
  // with d(t) the positions from the last t before the place, eight more for each sentence between;
  // and for terms that only title or heading hold 0.3 of theirs: these speak for every place.
  // Between 0 and the sum of weight * idf. Linear in occurrences and the tokens of the title.
  double most(const ReadCandidate& candidate);

 private:
  static constexpr std::uint32_t kNever = std::numeric_limits<std::uint32_t>::max();

  double of_names(const ReadCandidate& candidate);

  const AskedTerms& asked_;
  const TermTable& table_;
  std::vector<std::uint32_t> last_;  // where each term stood last, sentences counted in
};

}  // namespace muai
