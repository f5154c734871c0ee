#include "muai/graph/step.h"

#include <gtest/gtest.h>

#include "muai/core/keys.h"

namespace muai {
namespace {

TEST(Step, TakesItsDeclarationsInAnyOrder) {
  const Step made =
      step("a", writes(keys::docs), repeatable(), may_read(keys::meta), reads(keys::question),
           reads(keys::citations), [](const State& in) { return in; });
  EXPECT_EQ(made.name(), "a");
  EXPECT_TRUE(made.is_repeatable());
  EXPECT_EQ(made.contract().reads.size(), 2U);
  EXPECT_EQ(made.contract().may_read, std::vector<KeyId>{keys::meta.id()});
  EXPECT_EQ(made.contract().writes, std::vector<KeyId>{keys::docs.id()});
}

TEST(Step, ListsWhatItMayWriteOnceAndSorted) {
  const Step made = step("a", may_write(keys::docs, keys::citations), writes(keys::docs),
                         [](const State& in) { return in; });
  EXPECT_EQ(made.writable().size(), 2U);
  EXPECT_LT(made.writable()[0], made.writable()[1]);
}

TEST(Step, ARenamedStepSharesTheBody) {
  const Step made = step("a", [](const State& in) { return in; });
  const Step renamed = made.renamed("b");
  EXPECT_EQ(renamed.name(), "b");
  EXPECT_EQ(made.name(), "a");
  EXPECT_FALSE(renamed == made);
}

}  // namespace
}  // namespace muai
