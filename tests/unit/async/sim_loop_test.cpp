#include "muai/async/sim_loop.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "muai/async/event.h"
#include "muai/async/sleep.h"
#include "muai/async/when_all.h"

namespace muai {
namespace {

using namespace std::chrono_literals;

TEST(SimLoop, JumpsToTheNextTimer) {
  SimLoop loop;
  std::vector<Duration> fired;
  const TimePoint start = loop.now();
  loop.at(start + 3600s, [&] { fired.push_back(loop.now() - start); });
  loop.at(start + 1s, [&] { fired.push_back(loop.now() - start); });
  EXPECT_EQ(loop.run(), SimLoop::End::Idle);
  EXPECT_EQ(fired, (std::vector<Duration>{1s, 3600s}));
  EXPECT_DOUBLE_EQ(loop.unix_seconds(), SimOptions().unix_seconds_start + 3600);
}

TEST(SimLoop, TimersOfOneTimeFireInTheOrderOfSetting) {
  SimLoop loop;
  std::string order;
  for (const char letter : std::string("abcdef")) {
    loop.at(loop.now() + 1s, [&order, letter] { order += letter; });
  }
  loop.run();
  EXPECT_EQ(order, "abcdef");
}

TEST(SimLoop, CancelledTimersDoNotFireEvenWhenDue) {
  SimLoop loop;
  bool fired = false;
  TimerId second = TimerId::None;
  loop.at(loop.now() + 1s, [&] { loop.cancel(second); });
  second = loop.at(loop.now() + 1s, [&] { fired = true; });
  loop.run();
  EXPECT_FALSE(fired);
  loop.cancel(second);
  loop.cancel(TimerId::None);
}

TEST(SimLoop, PostNeverRunsInsideTheCall) {
  SimLoop loop;
  std::string order;
  loop.post([&] {
    loop.post([&] { order += 'b'; });
    order += 'a';
  });
  EXPECT_EQ(order, "");
  loop.run();
  EXPECT_EQ(order, "ab");
}

struct Schedule {
  std::string order;
  std::uint64_t hash;
  bool operator==(const Schedule&) const = default;
};

Schedule shuffled_schedule(std::uint64_t seed) {
  SimLoop loop({.seed = seed, .order = SimOptions::Order::Shuffled});
  std::string order;
  for (const char letter : std::string("abcdefgh")) {
    loop.post([&, letter] {
      order += letter;
      const Duration delay = 1ms * static_cast<int>(loop.random() % 3);
      loop.at(loop.now() + delay, [&order, letter] { order += letter; });
      if (loop.chance(0.5)) loop.post([&order] { order += '!'; });
    });
  }
  loop.run();
  return {order, loop.order_hash()};
}

TEST(SimLoop, TheSameSeedGivesTheSameOrder) {
  std::size_t different = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Schedule schedule = shuffled_schedule(seed);
    EXPECT_EQ(schedule, shuffled_schedule(seed));
    const Schedule next = shuffled_schedule(seed + 1);
    EXPECT_EQ(schedule.order == next.order, schedule.hash == next.hash);
    if (schedule.order != next.order) ++different;
  }
  EXPECT_EQ(different, 50u);
}

Task<int> wait_for(AsyncEvent& event) {
  const Result<void> set = co_await event.wait({});
  co_return set ? 1 : 0;
}

TEST(SimLoop, ReportsADeadlockInsteadOfHanging) {
  SimLoop loop;
  AsyncEvent never(loop);
  const Result<int> result = loop.run(wait_for(never));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::Contract);
  EXPECT_NE(result.error().message().find("deadlock"), std::string::npos);
}

Task<int> spin(SimLoop& loop) {
  for (;;) {
    const Result<void> slept = co_await sleep_for(loop, 1ms, {});
    if (!slept) co_return 0;
  }
}

TEST(SimLoop, BoundsTheStepsOfAnEndlessTask) {
  SimLoop loop({.steps_max = 100});
  const Result<int> result = loop.run(spin(loop));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::LimitExceeded);
  EXPECT_EQ(loop.steps(), 100u);
}

TEST(SimLoop, RunForLeavesTheClockAtTheEndOfTheSpan) {
  SimLoop loop;
  int fired = 0;
  const TimePoint start = loop.now();
  loop.at(start + 2s, [&] { ++fired; });
  loop.at(start + 4s, [&] { ++fired; });
  loop.run_for(3s);
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(loop.now() - start, 3s);
}

TEST(SimLoop, ChanceFollowsItsProbability) {
  SimLoop loop;
  int hits = 0;
  for (int i = 0; i < 10'000; ++i) hits += loop.chance(0.25) ? 1 : 0;
  // Six standard deviations: sqrt(10000 * 0.25 * 0.75) = 43.3.
  EXPECT_NEAR(hits, 2500, 260);
  EXPECT_FALSE(loop.chance(0));
  EXPECT_TRUE(loop.chance(1));
}

TEST(SimLoop, DestroysCallbacksThatPostAgain) {
  struct PostOnDeath {
    SimLoop* loop;
    int* left;
    PostOnDeath(SimLoop* given, int* count) : loop(given), left(count) {}
    PostOnDeath(PostOnDeath&& other) noexcept
        : loop(std::exchange(other.loop, nullptr)), left(other.left) {}
    ~PostOnDeath() {
      if (loop && --*left > 0) loop->post([again = PostOnDeath(loop, left)] {});
    }
  };
  int left = 3;
  {
    SimLoop loop;
    loop.post([first = PostOnDeath(&loop, &left)] {});
  }
  EXPECT_EQ(left, 0);
}

}  // namespace
}  // namespace muai
