#include "muai/async/event.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "muai/async/oneshot.h"
#include "muai/async/sim_loop.h"
#include "muai/async/sleep.h"
#include "muai/async/when_all.h"

namespace muai {
namespace {

using namespace std::chrono_literals;
using Permit = AsyncSemaphore::Permit;

Task<int> note(AsyncEvent& event, std::string& order, char letter, std::stop_token stop) {
  const Result<void> woken = co_await event.wait(std::move(stop));
  order += woken ? letter : '-';
  co_return 0;
}

TEST(AsyncEvent, WakesEveryWaiterInOrder) {
  SimLoop loop;
  AsyncEvent event(loop);
  std::string order;
  std::vector<Task<int>> tasks;
  for (const char letter : std::string("abc")) tasks.push_back(note(event, order, letter, {}));
  loop.at(loop.now() + 1s, [&] { event.set(); });
  ASSERT_TRUE(loop.run(when_all(loop, std::move(tasks))));
  EXPECT_EQ(order, "abc");
  ASSERT_TRUE(loop.run(note(event, order, 'd', {})));  // stays set
  EXPECT_EQ(order, "abcd");
  event.reset();
  EXPECT_FALSE(loop.run(note(event, order, 'e', {})));  // a deadlock, reported
}

TEST(AsyncEvent, StopLeavesTheLine) {
  SimLoop loop;
  AsyncEvent event(loop);
  std::stop_source stop;
  std::string order;
  std::vector<Task<int>> tasks;
  tasks.push_back(note(event, order, 'a', stop.get_token()));
  tasks.push_back(note(event, order, 'b', {}));
  loop.at(loop.now() + 1s, [&] { stop.request_stop(); });
  loop.at(loop.now() + 2s, [&] { event.set(); });
  ASSERT_TRUE(loop.run(when_all(loop, std::move(tasks))));
  EXPECT_EQ(order, "-b");
}

struct Crowd {
  int inside = 0;
  int inside_max = 0;
  std::string order;
};

Task<int> visit(Loop& loop, AsyncSemaphore& semaphore, Crowd& crowd, char letter) {
  Result<Permit> permit = co_await semaphore.acquire({});
  if (!permit) co_return 1;
  crowd.order += letter;
  crowd.inside_max = std::max(crowd.inside_max, ++crowd.inside);
  const Result<void> slept = co_await sleep_for(loop, 1s, {});
  --crowd.inside;
  co_return slept ? 0 : 1;
}

TEST(AsyncSemaphore, AdmitsSoManyAtOnceInTheOrderOfAsking) {
  SimLoop loop;
  AsyncSemaphore semaphore(loop, 2);
  Crowd crowd;
  std::vector<Task<int>> tasks;
  for (const char letter : std::string("abcdefg")) {
    tasks.push_back(visit(loop, semaphore, crowd, letter));
  }
  ASSERT_TRUE(loop.run(when_all(loop, std::move(tasks))));
  EXPECT_EQ(crowd.order, "abcdefg");
  EXPECT_EQ(crowd.inside_max, 2);
  EXPECT_EQ(loop.now().time_since_epoch(), 4s);
  EXPECT_EQ(semaphore.available(), 2u);
  EXPECT_EQ(semaphore.waiting(), 0u);
}

TEST(AsyncSemaphore, AFreePlaceIsReadyAtOnce) {
  SimLoop loop;
  AsyncSemaphore semaphore(loop, 1);
  Task<Result<Permit>> first = semaphore.acquire({});
  ASSERT_TRUE(first.is_ready());
  Result<Permit> permit = first.take_ready();
  EXPECT_EQ(semaphore.available(), 0u);
  permit->release();
  EXPECT_EQ(semaphore.available(), 1u);
}

TEST(AsyncSemaphore, StoppedWaiterTakesNoPlace) {
  SimLoop loop;
  AsyncSemaphore semaphore(loop, 1);
  Result<Permit> held = semaphore.acquire({}).take_ready();
  std::stop_source stop;
  loop.at(loop.now() + 1s, [&] { stop.request_stop(); });
  const Result<Permit> stopped = loop.run(semaphore.acquire(stop.get_token()));
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code(), ErrorCode::Cancelled);
  held->release();
  EXPECT_EQ(semaphore.available(), 1u);
}

TEST(AsyncSemaphore, APlaceGivenToADroppedWaiterComesBack) {
  SimLoop loop;
  AsyncSemaphore semaphore(loop, 1);
  Result<Permit> held = semaphore.acquire({}).take_ready();
  {
    const StartedTask waiter = start(semaphore.acquire({}), [](Outcome<Result<Permit>>) {});
    held->release();  // sent to the waiter, which goes before it resumes
    EXPECT_EQ(semaphore.available(), 0u);
  }
  loop.run();
  EXPECT_EQ(semaphore.available(), 1u);
}

Task<Result<int>> receive(OneShot<int>& oneshot, std::stop_token stop) {
  Result<int> value = co_await oneshot.wait(std::move(stop));
  co_return value;
}

TEST(OneShot, KeepsTheFirstValueOnly) {
  SimLoop loop;
  OneShot<int> oneshot(loop);
  const auto sender = oneshot.sender();
  sender.send(1);
  sender.send(2);
  EXPECT_TRUE(sender.is_settled());
  EXPECT_EQ(loop.run(receive(oneshot, {})).value(), 1);
}

TEST(OneShot, ResumesThroughTheQueue) {
  SimLoop loop;
  OneShot<int> oneshot(loop);
  int received = 0;
  const StartedTask task = start(receive(oneshot, {}), [&](Outcome<Result<int>> outcome) {
    received = std::move(outcome).take().value();
  });
  oneshot.sender().send(5);
  EXPECT_EQ(received, 0);
  loop.run();
  EXPECT_EQ(received, 5);
}

TEST(OneShot, AValueSentBeforeTheStopArrivesWins) {
  SimLoop loop;
  OneShot<int> oneshot(loop);
  std::stop_source stop;
  loop.at(loop.now() + 1s, [&, sender = oneshot.sender()] {
    stop.request_stop();
    sender.send(3);
  });
  EXPECT_EQ(loop.run(receive(oneshot, stop.get_token())).value(), 3);
}

}  // namespace
}  // namespace muai
