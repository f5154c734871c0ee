#include "muai/async/when_all.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "muai/async/sim_loop.h"
#include "muai/async/sleep.h"

namespace muai {
namespace {

using namespace std::chrono_literals;

Task<int> sleep_then(Loop& loop, Duration duration, int value) {
  const Result<void> slept = co_await sleep_for(loop, duration, {});
  co_return slept ? value : -1;
}

TEST(WhenAll, KeepsTheOrderOfItsTasks) {
  SimLoop loop;
  std::vector<Task<int>> tasks;
  for (int i = 0; i < 10; ++i) tasks.push_back(sleep_then(loop, 10s - 1s * i, i));
  const auto values = loop.run(when_all(loop, std::move(tasks)));
  ASSERT_TRUE(values);
  EXPECT_EQ(*values, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(loop.now().time_since_epoch(), 10s);
}

TEST(WhenAll, RunsNoMoreThanTheLimitAtOnce) {
  SimLoop loop;
  std::vector<Task<int>> tasks;
  for (int i = 0; i < 10; ++i) tasks.push_back(sleep_then(loop, 1s, i));
  ASSERT_TRUE(loop.run(when_all(loop, std::move(tasks), 3)));
  EXPECT_EQ(loop.now().time_since_epoch(), 4s);
}

TEST(WhenAll, NoTasksAndReadyTasksDoNotWait) {
  SimLoop loop;
  EXPECT_TRUE(loop.run(when_all(loop, std::vector<Task<int>>()))->empty());
  std::vector<Task<int>> ready;
  for (int i = 0; i < 100'000; ++i) ready.push_back(Task<int>::ready(i));
  const auto values = loop.run(when_all(loop, std::move(ready), 1));
  ASSERT_EQ(values->size(), 100'000u);
  EXPECT_EQ(values->back(), 99'999);
}

Task<int> fail_after(Loop& loop, Duration duration, std::string what) {
  const Result<void> slept = co_await sleep_for(loop, duration, {});
  if (slept) throw std::runtime_error(what);
  co_return 0;
}

TEST(WhenAll, JoinsEveryChildBeforeItRethrowsTheFirstInOrder) {
  SimLoop loop;
  std::vector<Task<int>> tasks;
  tasks.push_back(sleep_then(loop, 9s, 1));
  tasks.push_back(fail_after(loop, 5s, "first in order"));
  tasks.push_back(fail_after(loop, 1s, "first in time"));
  try {
    static_cast<void>(loop.run(when_all(loop, std::move(tasks))));
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "first in order");
  }
  EXPECT_EQ(loop.now().time_since_epoch(), 9s);
}

TEST(WhenAll, ChildrenGoWithAnAbandonedParent) {
  SimLoop loop;
  {
    std::vector<Task<int>> tasks;
    tasks.push_back(sleep_then(loop, 1s, 1));
    tasks.push_back(sleep_then(loop, 2s, 2));
    const StartedTask parent =
        start(when_all(loop, std::move(tasks)), [](Outcome<std::vector<int>>) {});
    loop.run_for(1500ms);
  }
  EXPECT_EQ(loop.run(), SimLoop::End::Idle);
  EXPECT_EQ(loop.now().time_since_epoch(), 1500ms);
}

}  // namespace
}  // namespace muai
