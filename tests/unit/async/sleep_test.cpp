#include "muai/async/sleep.h"

#include <gtest/gtest.h>

#include "muai/async/sim_loop.h"

namespace muai {
namespace {

using namespace std::chrono_literals;

Task<Duration> time_of(Loop& loop, Task<Result<void>> task) {
  const TimePoint begin = loop.now();
  const Result<void> ended = co_await std::move(task);
  const Duration elapsed = loop.now() - begin;
  co_return ended ? elapsed : -elapsed - 1ns;
}

TEST(Sleep, ResumesAtItsTime) {
  SimLoop loop;
  EXPECT_EQ(loop.run(time_of(loop, sleep_for(loop, 5s, {}))), Duration(5s));
  EXPECT_EQ(loop.run(time_of(loop, sleep_for(loop, 0s, {}))), Duration(0));
  EXPECT_EQ(loop.run(time_of(loop, sleep_until(loop, loop.now() - 1s, {}))), Duration(0));
}

TEST(Sleep, StopResumesAtOnce) {
  SimLoop loop;
  std::stop_source stop;
  loop.at(loop.now() + 2s, [&] { stop.request_stop(); });
  EXPECT_EQ(loop.run(time_of(loop, sleep_for(loop, 3600s, stop.get_token()))), -Duration(2s) - 1ns);
  EXPECT_EQ(loop.run(time_of(loop, sleep_for(loop, 3600s, stop.get_token()))), -1ns);
  EXPECT_EQ(loop.run(), SimLoop::End::Idle);
  EXPECT_EQ(loop.now().time_since_epoch(), 2s);  // no timer was left to run
}

TEST(Sleep, ForeverWaitsOnlyForItsStop) {
  SimLoop loop;
  std::stop_source stop;
  loop.at(loop.now() + 1s, [&] { stop.request_stop(); });
  const Result<void> slept = loop.run(sleep_for(loop, Duration::max(), stop.get_token()));
  ASSERT_FALSE(slept);
  EXPECT_EQ(slept.error().code(), ErrorCode::Cancelled);
}

TEST(Sleep, ErrorNamesTheCode) {
  SimLoop loop;
  std::stop_source stop;
  stop.request_stop();
  const Result<void> slept = loop.run(sleep_for(loop, 1s, stop.get_token()));
  ASSERT_FALSE(slept);
  EXPECT_EQ(slept.error().code(), ErrorCode::Cancelled);
}

}  // namespace
}  // namespace muai
