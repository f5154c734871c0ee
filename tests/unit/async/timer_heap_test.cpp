#include "async/timer_heap.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>
#include <vector>

#include "async/random.h"

namespace muai {
namespace {

TimePoint at(std::uint64_t nanoseconds) {
  return TimePoint(Duration(static_cast<Duration::rep>(nanoseconds)));
}

// The heap against a sorted map, over random settings, withdrawals and passings of time.
class TimerHeapModel {
 public:
  explicit TimerHeapModel(std::uint64_t seed) : random_(seed) {}

  void step() {
    switch (random_.below(4)) {
      case 0:
      case 1: set(); break;
      case 2: withdraw(); break;
      default: pass_time(); break;
    }
  }

  bool agrees() const {
    const TimePoint next = model_.empty() ? kNever : model_.begin()->first.first;
    return heap_.size() == model_.size() && heap_.next() == next;
  }

 private:
  using Key = std::pair<TimePoint, int>;

  void set() {
    const TimePoint when = at(now_ + random_.below(50));
    const int number = static_cast<int>(ids_.size());
    ids_.push_back({heap_.add(when, [this, number] { fired_ = number; }), {when, number}});
    model_.emplace(Key{when, number}, 0);
  }

  // Also timers that fired or were withdrawn long ago, whose slots belong to others by now.
  void withdraw() {
    if (ids_.empty()) return;
    const auto& [id, key] = ids_[random_.below(ids_.size())];
    EXPECT_EQ(static_cast<bool>(heap_.remove(id)), model_.erase(key) == 1);
  }

  void pass_time() {
    now_ += random_.below(30);
    while (!model_.empty() && model_.begin()->first.first <= at(now_)) {
      Loop::Callback callback = heap_.pop_due(at(now_));
      ASSERT_TRUE(callback);
      callback();
      EXPECT_EQ(fired_, model_.begin()->first.second);
      model_.erase(model_.begin());
    }
    EXPECT_FALSE(heap_.pop_due(at(now_)));
  }

  SplitMix64 random_;
  TimerHeap heap_;
  std::map<Key, int> model_;
  std::vector<std::pair<TimerId, Key>> ids_;
  std::uint64_t now_ = 0;
  int fired_ = -1;
};

TEST(TimerHeap, AgreesWithASortedMap) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    TimerHeapModel model(seed);
    for (int i = 0; i < 500; ++i) {
      model.step();
      ASSERT_TRUE(model.agrees()) << "seed " << seed << ", step " << i;
    }
  }
}

TEST(TimerHeap, TiesFireByTieThenByOrderOfSetting) {
  TimerHeap heap;
  std::vector<int> fired;
  heap.add(at(1), [&] { fired.push_back(3); }, 7);
  heap.add(at(1), [&] { fired.push_back(1); }, 2);
  heap.add(at(1), [&] { fired.push_back(2); }, 2);
  while (Loop::Callback callback = heap.pop_due(at(1))) callback();
  EXPECT_EQ(fired, (std::vector<int>{1, 2, 3}));
}

TEST(TimerHeap, NoneAndForeignIdsAreNoTimers) {
  TimerHeap heap;
  EXPECT_FALSE(heap.remove(TimerId::None));
  const TimerId timer = heap.add(at(1), [] {});
  EXPECT_NE(timer, TimerId::None);
  EXPECT_FALSE(heap.remove(TimerId{static_cast<std::uint64_t>(timer) + 1}));
  EXPECT_TRUE(heap.remove(timer));
  EXPECT_FALSE(heap.remove(timer));
}

}  // namespace
}  // namespace muai
