#include "muai/async/asio_loop.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

#include "muai/async/event.h"
#include "muai/async/sleep.h"
#include "muai/async/when_all.h"

namespace muai {
namespace {

using namespace std::literals;

Task<int> sleep_then(Loop& loop, Duration duration, int value) {
  const Result<void> slept = co_await sleep_for(loop, duration, {});
  co_return slept ? value : -1;
}

TEST(AsioLoop, RunsATaskToItsEnd) {
  AsioLoop loop;
  const TimePoint start = loop.now();
  EXPECT_EQ(loop.run(sleep_then(loop, 5ms, 7)), 7);
  EXPECT_GE(loop.now() - start, 5ms);
  EXPECT_EQ(loop.run(Task<int>::ready(3)), 3);
}

TEST(AsioLoop, TimersFireInOrderAndNotEarly) {
  AsioLoop loop;
  std::string order;
  const TimePoint start = loop.now();
  bool early = false;
  const auto set = [&](char letter, Duration after) {
    loop.at(start + after, [&, letter, after] {
      order += letter;
      early = early || loop.now() < start + after;
    });
  };
  set('c', 6ms);
  set('b', 3ms);
  set('a', 0ms);
  set('d', 6ms);
  loop.at(kNever, [&] { order += '!'; });
  const TimerId cancelled_timer = loop.at(start + 1ms, [&] { order += '!'; });
  loop.cancel(cancelled_timer);
  loop.run_until([&] { return order.size() == 4; });
  EXPECT_EQ(order, "abcd");
  EXPECT_FALSE(early);
}

TEST(AsioLoop, PostsFromOtherThreadsWakeIt) {
  AsioLoop loop;
  constexpr int kThreads = 4;
  constexpr int kPosts = 2000;
  int ran = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kPosts; ++n) loop.post([&ran] { ++ran; });
    });
  }
  loop.run_until([&] { return ran == kThreads * kPosts; });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ran, kThreads * kPosts);
}

TEST(AsioLoop, PostNeverRunsInsideTheCall) {
  AsioLoop loop;
  std::string order;
  loop.post([&] {
    loop.post([&] { order += 'b'; });
    order += 'a';
  });
  loop.run_until([&] { return order.size() == 2; });
  EXPECT_EQ(order, "ab");
}

TEST(AsioLoop, AFloodOfPostsDoesNotStarveTimers) {
  AsioLoop loop;
  bool fired = false;
  struct Again {
    AsioLoop& loop;
    void operator()() const { loop.post(Again{loop}); }
  };
  loop.post(Again{loop});
  loop.at(loop.now() + 1ms, [&] { fired = true; });
  loop.run_until([&] { return fired; });
  EXPECT_TRUE(fired);
}

TEST(AsioLoop, WatchedDescriptorIsReportedAsLongAsItIsReady) {
  AsioLoop loop;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "abcdef", 6), 6);
  std::string read;
  Watch watch = loop.watch_fd(ends[0], Interest::Read, [&](FdReady ready) {
    EXPECT_TRUE(ready.read);
    EXPECT_FALSE(ready.write);
    char byte = 0;  // one byte at a time: the rest must be reported again
    ASSERT_EQ(::read(ends[0], &byte, 1), 1);
    read += byte;
  });
  loop.run_until([&] { return read.size() == 6; });
  EXPECT_EQ(read, "abcdef");
  watch.release();
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  loop.run(sleep_then(loop, 2ms, 0));
  EXPECT_EQ(read, "abcdef");
  // Not closed by us, and free to be watched again.
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), 1);
  bool writable = false;
  const Watch writer =
      loop.watch_fd(ends[1], Interest::Write, [&](FdReady ready) { writable = ready.write; });
  loop.run_until([&] { return writable; });
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(AsioLoop, AWatchMayReleaseItselfInItsCallback) {
  AsioLoop loop;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "ab", 2), 2);
  int calls = 0;
  Watch watch;
  watch = loop.watch_fd(ends[0], Interest::Read, [&](FdReady) {
    ++calls;
    watch.release();
  });
  loop.run_until([&] { return calls == 1; });
  loop.run(sleep_then(loop, 2ms, 0));
  EXPECT_EQ(calls, 1);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(AsioLoop, SignalsArriveOnTheLoop) {
  AsioLoop loop;
  int received = 0;
  const Watch watch = loop.on_signal(SIGUSR2, [&] { ++received; });
  ::kill(::getpid(), SIGUSR2);
  loop.run_until([&] { return received == 1; });
  ::kill(::getpid(), SIGUSR2);
  loop.run_until([&] { return received == 2; });
  EXPECT_EQ(received, 2);
}

TEST(AsioLoop, TenThousandSleepersWakeTogether) {
  AsioLoop loop;
  std::vector<Task<int>> sleepers;
  for (int i = 0; i < 10'000; ++i) sleepers.push_back(sleep_then(loop, 20ms, i));
  const std::vector<int> values = loop.run(when_all(loop, std::move(sleepers)));
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(values[static_cast<std::size_t>(i)], i);
}

TEST(AsioLoop, StopFromAnotherThreadWakesASleeper) {
  AsioLoop loop;
  std::stop_source stop;
  std::thread stopper;
  loop.post([&] { stopper = std::thread([&] { stop.request_stop(); }); });
  const Result<void> slept = loop.run(sleep_until(loop, kNever, stop.get_token()));
  stopper.join();
  ASSERT_FALSE(slept);
  EXPECT_EQ(slept.error().code(), ErrorCode::Cancelled);
}

TEST(AsioLoop, AbandonedSleeperLeavesNothingBehind) {
  AsioLoop loop;
  std::stop_source stop;
  {
    const StartedTask abandoned =
        start(sleep_until(loop, loop.now() + 1ms, stop.get_token()), [](Outcome<Result<void>>) {});
    EXPECT_TRUE(abandoned.is_running());
    stop.request_stop();  // posts, then the sleeper goes
  }
  loop.run(sleep_then(loop, 3ms, 0));
}

}  // namespace
}  // namespace muai
