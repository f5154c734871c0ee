#include "muai/async/task.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "muai/async/start.h"

namespace muai {
namespace {

// Runs a task that never waits for a loop.
template <class T>
T run(Task<T> task) {
  std::optional<Outcome<T>> outcome;
  const StartedTask started =
      start(std::move(task), [&outcome](Outcome<T> ended) { outcome.emplace(std::move(ended)); });
  EXPECT_FALSE(started.is_running());
  return std::move(*outcome).take();
}

Task<int> number(int value) { co_return value; }

Task<int> twice(Task<int> task) {
  const int value = co_await std::move(task);
  co_return 2 * value;
}

Task<> set(bool& flag) {
  flag = true;
  co_return;
}

Task<int> thrower() {
  throw std::runtime_error("thrown inside");
  co_return 0;
}

// Suspends and never resumes.
struct Never {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};

Task<int> wait_forever(std::shared_ptr<int> held) {
  co_await Never();
  co_return *held;
}

TEST(Task, GivesItsValue) { EXPECT_EQ(run(twice(number(21))), 42); }

TEST(Task, DoesNothingBeforeItIsAwaited) {
  bool ran = false;
  {
    const Task<> dropped = set(ran);
  }
  EXPECT_FALSE(ran);
  run(set(ran));
  EXPECT_TRUE(ran);
}

TEST(Task, CarriesMoveOnlyValues) {
  auto make = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(7); };
  EXPECT_EQ(*run(make()), 7);
}

TEST(Task, RethrowsWhereItIsAwaited) {
  auto outer = []() -> Task<std::string> {
    std::string caught;
    try {
      const int value = co_await thrower();
      caught = std::to_string(value);
    } catch (const std::runtime_error& error) {
      caught = error.what();
    }
    co_return caught;
  };
  EXPECT_EQ(run(outer()), "thrown inside");
  EXPECT_THROW(run(twice(thrower())), std::runtime_error);
}

TEST(Task, OutcomeKeepsTheExceptionInsteadOfThrowing) {
  auto outer = []() -> Task<bool> {
    const Outcome<int> outcome = co_await thrower().as_outcome();
    co_return !outcome.has_value() && outcome.exception() != nullptr;
  };
  EXPECT_TRUE(run(outer()));
}

TEST(Task, ReadyTaskHoldsItsValueWithoutAFrame) {
  Task<std::string> task = Task<std::string>::ready("here");
  ASSERT_TRUE(task.is_ready());
  EXPECT_EQ(task.take_ready(), "here");
  EXPECT_FALSE(task.is_ready());
  EXPECT_FALSE(number(1).is_ready());
  EXPECT_EQ(run(twice(Task<int>::ready(4))), 8);
  run(Task<>::ready());
}

TEST(Task, ReadyValuesAreMovedNeverCopied) {
  auto outer = []() -> Task<std::unique_ptr<int>> {
    Task<std::unique_ptr<int>> ready = Task<std::unique_ptr<int>>::ready(std::make_unique<int>(3));
    std::unique_ptr<int> value = co_await std::move(ready);
    co_return value;
  };
  EXPECT_EQ(*run(outer()), 3);
}

TEST(Task, MovedFromTaskIsEmpty) {
  Task<int> first = Task<int>::ready(1);
  Task<int> second = std::move(first);
  EXPECT_FALSE(first.is_ready());
  second = number(5);
  EXPECT_FALSE(second.is_ready());
  EXPECT_EQ(run(std::move(second)), 5);
}

TEST(TaskDeathTest, AwaitingTwiceIsABug) {
  auto outer = []() -> Task<int> {
    Task<int> task = number(1);
    const int first = co_await std::move(task);
    const int second = co_await std::move(task);
    co_return first + second;
  };
  EXPECT_DEATH(static_cast<void>(run(outer())), "");
}

// Symptom before symmetric transfer: stack overflow in long loops over synchronous tasks.
TEST(Task, AMillionAwaitsUseNoStack) {
  auto sum = []() -> Task<long> {
    long total = 0;
    for (int i = 0; i < 1'000'000; ++i) {
      const int framed = co_await number(1);
      const int ready = co_await Task<int>::ready(1);
      total += framed + ready;
    }
    co_return total;
  };
  EXPECT_EQ(run(sum()), 2'000'000);
}

Task<int> nest(int depth) {
  if (depth == 0) co_return 0;
  const int below = co_await nest(depth - 1);
  co_return below + 1;
}

TEST(Task, DeepChainsUnwindWithoutStack) { EXPECT_EQ(run(nest(100'000)), 100'000); }

TEST(StartedTask, DestroysWhatItsTaskHolds) {
  auto held = std::make_shared<int>(1);
  bool ended = false;
  {
    const StartedTask started =
        start(twice(wait_forever(held)), [&ended](Outcome<int>) { ended = true; });
    EXPECT_TRUE(started.is_running());
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(ended);
}

struct Gate {
  std::coroutine_handle<> waiter;
  struct Awaiter {
    Gate& gate;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) const noexcept { gate.waiter = handle; }
    void await_resume() const noexcept {}
  };
  Awaiter opened() { return {*this}; }
};

Task<int> pass_gate(Gate& gate, std::shared_ptr<int> held) {
  co_await gate.opened();
  co_return *held;
}

TEST(StartedTask, FrameIsGoneWhenOnDoneHears) {
  Gate gate;
  auto held = std::make_shared<int>(9);
  std::optional<StartedTask> started;
  long uses = 0;
  int value = 0;
  started = start(pass_gate(gate, held), [&](Outcome<int> outcome) {
    uses = held.use_count();
    value = std::move(outcome).take();
    started.reset();  // the owner may drop the handle here
  });
  EXPECT_TRUE(started->is_running());
  gate.waiter.resume();
  EXPECT_EQ(value, 9);
  EXPECT_EQ(uses, 1);
  EXPECT_FALSE(started.has_value());
}

TEST(StartedTask, FollowsMovesOfItsHandle) {
  Gate gate;
  bool ended = false;
  std::vector<StartedTask> all;
  all.push_back(
      start(pass_gate(gate, std::make_shared<int>(1)), [&ended](Outcome<int>) { ended = true; }));
  all.emplace_back();
  all.emplace_back();  // grows: the handle moves
  gate.waiter.resume();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(all[0].is_running());
}

}  // namespace
}  // namespace muai
