#include "muai/async/pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "muai/async/asio_loop.h"
#include "muai/async/sim_loop.h"
#include "muai/async/sleep.h"
#include "muai/async/when_all.h"

namespace muai {
namespace {

using namespace std::chrono_literals;

TEST(Pool, RunsFunctionsOffTheLoopThread) {
  AsioLoop loop;
  Pool pool(loop, {.threads = 2});
  const auto here = std::this_thread::get_id();
  const auto elsewhere = [here] { return std::this_thread::get_id() != here; };
  EXPECT_TRUE(loop.run(on_pool(pool, elsewhere, {})).value());
}

TEST(Pool, TakesValuesVoidAndResults) {
  AsioLoop loop;
  Pool pool(loop, {.threads = 1});
  std::atomic<int> calls = 0;
  EXPECT_TRUE(loop.run(on_pool(pool, [&calls] { ++calls; }, {})));
  EXPECT_EQ(calls, 1);
  auto owner = [kept = std::make_unique<std::string>("moved")] { return *kept; };
  EXPECT_EQ(loop.run(on_pool(pool, std::move(owner), {})).value(), "moved");
  auto failing = []() -> Result<int> { return fail(ErrorCode::Corrupt, "bad page"); };
  EXPECT_EQ(loop.run(on_pool(pool, failing, {})).error().code(), ErrorCode::Corrupt);
  auto throwing = []() -> int { throw std::runtime_error("thrown on a pool thread"); };
  EXPECT_THROW(static_cast<void>(loop.run(on_pool(pool, throwing, {}))), std::runtime_error);
  EXPECT_EQ(pool.unfinished(), 0u);
}

TEST(Pool, MoreJobsThanTheQueueHoldsWaitTheirTurn) {
  AsioLoop loop;
  Pool pool(loop, {.threads = 2, .queue_max = 1});
  std::atomic<int> inside = 0;
  std::atomic<int> inside_max = 0;
  std::vector<Task<Result<int>>> jobs;
  for (int i = 0; i < 200; ++i) {
    jobs.push_back(on_pool(pool,
                           [&, i] {
                             int seen = ++inside;
                             for (int most = inside_max;
                                  seen > most && !inside_max.compare_exchange_weak(most, seen);)
                               continue;
                             --inside;
                             return i;
                           },
                           {}));
  }
  const auto values = loop.run(when_all(loop, std::move(jobs)));
  for (int i = 0; i < 200; ++i) EXPECT_EQ(values[static_cast<std::size_t>(i)].value(), i);
  EXPECT_LE(inside_max, 2);
}

TEST(Pool, StopResumesTheTaskWhileTheJobGoesOn) {
  AsioLoop loop;
  std::promise<void> begun;
  std::promise<void> may_end;
  auto ended = std::make_shared<std::atomic<bool>>(false);
  {
    Pool pool(loop, {.threads = 1});
    std::stop_source stop;
    auto job = [&begun, wait = may_end.get_future().share(), ended] {
      begun.set_value();
      wait.wait();
      *ended = true;
    };
    std::thread stopper([&] {
      begun.get_future().wait();
      stop.request_stop();
    });
    const Result<void> result = loop.run(on_pool(pool, std::move(job), stop.get_token()));
    stopper.join();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::Cancelled);
    EXPECT_FALSE(*ended);
    EXPECT_EQ(pool.unfinished(), 1u);
    may_end.set_value();
  }
  EXPECT_TRUE(*ended);  // joined by the pool's destructor
}

TEST(Pool, JobsThatHaveNotBegunAreDroppedOnStop) {
  AsioLoop loop;
  std::atomic<int> ran = 0;
  auto inputs = std::make_shared<int>(0);
  std::stop_source stop;
  std::promise<void> begun;
  std::promise<void> may_end;
  {
    Pool pool(loop, {.threads = 1, .queue_max = 1});
    const auto wait = may_end.get_future().share();
    auto blocker = [&begun, wait] {
      begun.set_value();
      wait.wait();
    };
    auto counter = [&ran, inputs] { ++ran; };
    std::vector<StartedTask> tasks;
    const auto ignore = [](Outcome<Result<void>>) {};
    tasks.push_back(start(on_pool(pool, blocker, {}), ignore));
    begun.get_future().wait();
    tasks.push_back(start(on_pool(pool, counter, stop.get_token()), ignore));
    tasks.push_back(start(on_pool(pool, counter, stop.get_token()), ignore));
    stop.request_stop();
    loop.run_until([&] { return !tasks[1].is_running() && !tasks[2].is_running(); });
    may_end.set_value();
  }
  EXPECT_EQ(ran, 0);
}

TEST(Pool, WithoutThreadsItRunsOnTheLoopInVirtualTime) {
  SimLoop loop;
  Pool pool(loop, {.threads = 0});
  const auto here = std::this_thread::get_id();
  std::vector<Task<Result<bool>>> jobs;
  for (int i = 0; i < 10; ++i) {
    jobs.push_back(on_pool(pool, [here] { return std::this_thread::get_id() == here; }, {}));
  }
  const auto values = loop.run(when_all(loop, std::move(jobs)));
  ASSERT_TRUE(values);
  for (const Result<bool>& value : *values) EXPECT_TRUE(value.value());
  EXPECT_EQ(pool.unfinished(), 0u);
}

}  // namespace
}  // namespace muai
