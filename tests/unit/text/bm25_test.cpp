#include "muai/text/bm25.h"

#include <gtest/gtest.h>

#include <cmath>

namespace muai {
namespace {

using Terms = std::vector<std::string>;

TEST(Bm25, ScoresByItsFormula) {
  Bm25 set;
  EXPECT_EQ(set.add(Terms{"a", "b", "a"}), 0u);
  EXPECT_EQ(set.add(Terms{"b"}), 1u);
  const double idf_a = std::log(1 + (2 - 1 + 0.5) / (1 + 0.5));
  EXPECT_DOUBLE_EQ(set.idf("a"), idf_a);
  // tf 2, length 3, average 2.
  const double expected = idf_a * 2 * 2.2 / (2 + 1.2 * (1 - 0.75 + 0.75 * 3 / 2));
  const std::vector<double> scores = set.scores(Terms{"a", "unknown"});
  EXPECT_NEAR(scores[0], expected, 1e-12);
  EXPECT_EQ(scores[1], 0.0);
}

TEST(Bm25, RareTermsWeighMoreAndShortPassagesWin) {
  Bm25 set;
  set.add(Terms{"common", "rare"});
  set.add(Terms{"common", "x", "y", "z"});
  set.add(Terms{"common"});
  EXPECT_GT(set.idf("rare"), set.idf("common"));
  EXPECT_GT(set.idf("common"), 0.0);
  const std::vector<double> scores = set.scores(Terms{"common"});
  EXPECT_GT(scores[2], scores[0]);
  EXPECT_GT(scores[0], scores[1]);
}

TEST(Bm25, EmptySetsAndPassagesScoreNothing) {
  Bm25 set;
  EXPECT_TRUE(set.scores(Terms{"a"}).empty());
  set.add(Terms{});
  EXPECT_EQ(set.scores(Terms{"a"}), std::vector<double>{0.0});
}

}  // namespace
}  // namespace muai
