// Everything of this layer together, under random schedules and random stops: nothing is lost,
// nothing is given twice, nothing is left behind.

#include <gtest/gtest.h>

#include <algorithm>
#include <stop_token>
#include <vector>

#include "muai/async/event.h"
#include "muai/async/pool.h"
#include "muai/async/sim_loop.h"
#include "muai/async/sleep.h"
#include "muai/async/when_all.h"

namespace muai {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPlaces = 3;

struct World {
  explicit World(std::uint64_t seed)
      : loop({.seed = seed, .order = SimOptions::Order::Shuffled}),
        semaphore(loop, kPlaces),
        opened(loop),
        pool(loop, {.threads = 0}) {}

  SimLoop loop;
  AsyncSemaphore semaphore;
  AsyncEvent opened;
  Pool pool;
  std::stop_source stop;
  std::size_t inside = 0;
  std::size_t inside_max = 0;
  bool was_stopped = false;
};

// Waits at the gate, takes a place, computes, sleeps. Gives 1 when it got through.
Task<Result<int>> visit(World& world, Duration pause) {
  const std::stop_token stop = world.stop.get_token();
  Result<void> opened = co_await world.opened.wait(stop);
  if (!opened) co_return pass(std::move(opened));
  Result<AsyncSemaphore::Permit> permit = co_await world.semaphore.acquire(stop);
  if (!permit) co_return pass(std::move(permit));
  world.inside_max = std::max(world.inside_max, ++world.inside);
  const auto one = [] { return 1; };
  const Result<int> value = co_await on_pool(world.pool, one, stop);
  Result<void> slept = co_await sleep_for(world.loop, pause, stop);
  --world.inside;
  if (!slept) co_return pass(std::move(slept));
  co_return value;
}

struct Visits {
  std::size_t passed = 0;
  std::size_t cancelled = 0;
  std::uint64_t order_hash = 0;
  bool operator==(const Visits&) const = default;
};

Visits play(std::uint64_t seed) {
  World world(seed);
  std::vector<Task<Result<int>>> tasks;
  for (int i = 0; i < 20; ++i) {
    tasks.push_back(visit(world, 1ms * static_cast<int>(world.loop.random() % 5)));
  }
  world.loop.at(world.loop.now() + 2ms, [&] { world.opened.set(); });
  if (world.loop.chance(0.7)) {
    const Duration when = 1ms * static_cast<int>(world.loop.random() % 20);
    world.loop.at(world.loop.now() + when, [&] {
      world.stop.request_stop();
      world.was_stopped = true;
    });
  }
  const auto results = world.loop.run(when_all(world.loop, std::move(tasks)));
  EXPECT_TRUE(results) << results.error().to_string();
  Visits visits;
  for (const Result<int>& result : results.value()) {
    ++(result ? visits.passed : visits.cancelled);
    EXPECT_TRUE(result || result.error().code() == ErrorCode::Cancelled);
  }
  world.loop.run();
  EXPECT_LE(world.inside_max, kPlaces);
  EXPECT_EQ(world.inside, 0u);
  EXPECT_EQ(world.semaphore.available(), kPlaces);
  EXPECT_EQ(world.semaphore.waiting(), 0u);
  EXPECT_EQ(world.pool.unfinished(), 0u);
  EXPECT_TRUE(world.was_stopped || visits.cancelled == 0);
  visits.order_hash = world.loop.order_hash();
  return visits;
}

TEST(Schedule, RandomStopsLoseNothingAndReplayExactly) {
  std::size_t partly = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Visits visits = play(seed);
    ASSERT_EQ(visits.passed + visits.cancelled, 20u);
    if (visits.passed > 0 && visits.cancelled > 0) ++partly;
    if (seed % 10 == 0) {
      ASSERT_EQ(visits, play(seed)) << seed;
    }
  }
  EXPECT_GT(partly, 30u);  // the stops fall into the middle often enough to mean something
}

}  // namespace
}  // namespace muai
