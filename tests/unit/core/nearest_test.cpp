#include "muai/core/nearest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muai {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<std::string> kNames = {"search_qa", "search_qa_fast", "summarize_url", "rag_qa"};

TEST(Nearest, DistanceCountsEditsAndSwaps) {
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("ab", "ba"), 1u);
  EXPECT_EQ(edit_distance("ca", "abc"), 3u);  // optimal string alignment, not full Damerau
  EXPECT_EQ(edit_distance("ABC", "abc"), 0u);
}

TEST(Nearest, LikelyNamesComeNearestFirst) {
  EXPECT_THAT(nearest("serach_qa", kNames), ElementsAre("search_qa"));
  EXPECT_THAT(nearest("search", kNames), ElementsAre("search_qa", "search_qa_fast"));
  EXPECT_THAT(nearest("summarise_url", kNames), ElementsAre("summarize_url"));
  EXPECT_THAT(nearest("zzz", kNames), IsEmpty());
  EXPECT_THAT(nearest("search_qa", kNames, 0), IsEmpty());
}

TEST(Nearest, AMessageNamesTheGuessOrWhatExists) {
  EXPECT_EQ(did_you_mean("rag_qs", kNames), "did you mean 'rag_qa'?");
  EXPECT_EQ(did_you_mean("zzz", std::vector<std::string>{"alpha", "beta"}),
            "known names: 'beta', 'alpha'");
  EXPECT_EQ(did_you_mean("x", std::vector<std::string>{}), "there are none");
  EXPECT_EQ(did_you_mean("zzz", kNames, 1), "known names: 'rag_qa' and 3 more");
}

TEST(Nearest, LongNamesAreComparedByTheirBeginning) {
  const std::string name(100'000, 'a');
  EXPECT_EQ(edit_distance(name, name + "b"), 0u);
}

}  // namespace
}  // namespace muai
