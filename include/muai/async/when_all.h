#pragma once

// Several tasks at once, joined.

#include <coroutine>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "muai/async/loop.h"
#include "muai/async/oneshot.h"
#include "muai/async/start.h"
#include "muai/async/task.h"
#include "muai/core/check.h"

namespace muai {

inline constexpr std::size_t kAllAtOnce = std::numeric_limits<std::size_t>::max();

namespace internal {

// Starts tasks in order, at most `running_max` at a time, and keeps their outcomes.
template <class T>
class Gathering {
 public:
  Gathering(Loop& loop, std::vector<Task<T>> tasks, std::size_t running_max)
      : tasks_(std::move(tasks)),
        running_max_(running_max),
        started_(tasks_.size()),
        outcomes_(tasks_.size()),
        all_ended_(loop) {}

  // Not recursive: a task that ends inside `start` only lowers the count that this loop reads.
  void start_more() {
    if (is_starting_) return;
    is_starting_ = true;
    while (next_ < tasks_.size() && running_ < running_max_) {
      const std::size_t index = next_++;
      ++running_;
      started_[index] = start(std::move(tasks_[index]), [this, index](Outcome<T> outcome) {
        outcomes_[index].emplace(std::move(outcome));
        --running_;
        ++ended_;
        start_more();
        if (ended_ == tasks_.size()) all_ended_.sender().send({});
      });
    }
    is_starting_ = false;
  }

  OneShot<void>& all_ended() { return all_ended_; }
  std::vector<std::optional<Outcome<T>>>& outcomes() { return outcomes_; }

 private:
  std::vector<Task<T>> tasks_;
  std::size_t running_max_;
  std::size_t next_ = 0;
  std::size_t running_ = 0;
  std::size_t ended_ = 0;
  bool is_starting_ = false;
  std::vector<StartedTask> started_;
  std::vector<std::optional<Outcome<T>>> outcomes_;
  OneShot<void> all_ended_;
};

}  // namespace internal

// Runs the tasks together, at most `running_max` at a time, and waits for all of them; values are
// in the order of the tasks. All children have ended before this returns, also when one throws:
// then the first exception in task order is rethrown. Cancelling is the children's business: give
// them a stop token. `loop` must outlive the task. REQUIRES: running_max > 0.
template <class T>
Task<std::vector<T>> when_all(Loop& loop, std::vector<Task<T>> tasks,
                              std::size_t running_max = kAllAtOnce) {
  MUAI_CHECK(running_max > 0);
  std::vector<T> values;
  if (tasks.empty()) co_return values;
  values.reserve(tasks.size());
  internal::Gathering<T> gathering(loop, std::move(tasks), running_max);
  gathering.start_more();
  const Result<void> ended = co_await gathering.all_ended().wait();
  MUAI_CHECK(ended.has_value());
  for (std::optional<Outcome<T>>& outcome : gathering.outcomes()) {
    values.push_back(std::move(*outcome).take());
  }
  co_return values;
}

}  // namespace muai
