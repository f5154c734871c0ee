#include "graph/choices.h"

#include <gtest/gtest.h>

namespace muai {
namespace {

TEST(ChoiceSets, TheArmsOfABranchPartAllRuns) {
  ChoiceSets sets({3, 2});
  const auto first_two = sets.either(sets.chose(0, 0), sets.chose(0, 1));
  EXPECT_EQ(sets.either(first_two, sets.chose(0, 2)), ChoiceSets::kAll);
  EXPECT_EQ(sets.both(sets.chose(0, 0), sets.chose(0, 1)), ChoiceSets::kNone);
  EXPECT_EQ(sets.without(ChoiceSets::kAll, first_two), sets.chose(0, 2));
}

TEST(ChoiceSets, EqualSetsHaveEqualNumbers) {
  ChoiceSets sets({2, 2, 2});
  const auto a = sets.chose(0, 1);
  const auto b = sets.chose(1, 0);
  const auto c = sets.chose(2, 1);
  EXPECT_EQ(sets.both(a, sets.either(b, c)), sets.either(sets.both(a, b), sets.both(a, c)));
  EXPECT_EQ(sets.without(a, b), sets.both(a, sets.chose(1, 1)));
}

TEST(ChoiceSets, AnExampleLiesInItsSet) {
  ChoiceSets sets({2, 4, 3});
  const auto wanted = sets.both(sets.chose(1, 3), sets.without(ChoiceSets::kAll, sets.chose(2, 0)));
  const std::vector<std::uint32_t> example = sets.example(wanted);
  EXPECT_EQ(example[1], 3U);
  EXPECT_NE(example[2], 0U);
}

}  // namespace
}  // namespace muai
