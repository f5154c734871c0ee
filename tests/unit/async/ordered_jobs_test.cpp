#include "muai/async/ordered_jobs.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace muai {
namespace {

TEST(OrderedJobs, GivesResultsInOrderOfTheirNumbers) {
  OrderedJobs<std::size_t> jobs(1000, {.threads = 4, .ahead_max = 7},
                                [](std::size_t number) { return number * number; });
  for (std::size_t i = 0; i < 1000; ++i) EXPECT_EQ(jobs.take(), i * i);
  EXPECT_FALSE(jobs.take());
}

TEST(OrderedJobs, RunsNoFurtherAheadThanAllowed) {
  std::atomic<std::size_t> begun{0};
  OrderedJobs<std::size_t> jobs(100, {.threads = 3, .ahead_max = 5}, [&](std::size_t number) {
    ++begun;
    return number;
  });
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_LE(begun, i + 5);
    EXPECT_EQ(jobs.take(), i);
  }
}

TEST(OrderedJobs, DestructionLeavesTheRestUndone) {
  std::atomic<std::size_t> begun{0};
  {
    OrderedJobs<std::size_t> jobs(1000, {.threads = 2, .ahead_max = 4}, [&](std::size_t number) {
      ++begun;
      return number;
    });
    EXPECT_EQ(jobs.take(), 0u);
  }
  EXPECT_LE(begun, 5u);
}

TEST(OrderedJobs, NothingToDoEndsAtOnce) {
  OrderedJobs<int> jobs(0, {}, [](std::size_t) { return 1; });
  EXPECT_FALSE(jobs.take());
}

}  // namespace
}  // namespace muai
