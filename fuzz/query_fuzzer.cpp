// Any bytes as a query: they are answered, in bounded time, and the parts of a score add up.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/check.h"
#include "rag/ranking.h"

namespace {

using namespace muai;

// Enough passages for some terms to have a list.
PassageStore make_store() {
  PassageStore store = PassageStore::open_in_memory().value();
  std::vector<std::string> texts;
  for (int i = 0; i < 80; ++i) {
    texts.push_back(i % 2 == 0 ? "Tea leaves are dried. os.path.join \"quotes\" OR (NEAR) arpanet"
                               : "绿茶是不发酵的茶。 C++ and U.S. law, 1,000 miles");
  }
  std::vector<NewPassage> passages;
  for (const std::string& text : texts) passages.push_back({"Chapter > Section", text});
  StoredDocument document;
  document.url = "kb://fuzz/a";
  document.title = "Tea 茶";
  store.put(document, passages).value();
  store.settle().value();
  return store;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static PassageStore store = make_store();
  const std::string_view query(reinterpret_cast<const char*>(bytes), size);
  const auto ranked =
      rank_passages(store, {.query = query, .limit = 5, .reasons = Reasons::Include});
  MUAI_CHECK(ranked.has_value() && ranked->size() <= 5);
  for (const RankedPassage& passage : *ranked) {
    const ScoreReasons& why = passage.why;
    double sum = why.coverage + why.proximity + why.sentence + why.gathering + why.phrases +
                 why.script + why.naming + why.feedback;
    for (const TermScore& term : why.terms) sum += term.score;
    MUAI_CHECK(std::abs(sum - passage.score) < 1e-6);
  }
  return 0;
}
