#pragma once

// PoolSignal: coroutines wait until something has changed, or until a time. Loop thread only.

#include <list>
#include <stop_token>

#include "muai/async/loop.h"
#include "muai/async/oneshot.h"
#include "muai/async/task.h"

namespace muai {

// Withdraws its timer when it goes. Movable so that it can be set late.
class PoolTimer {
 public:
  PoolTimer() = default;
  PoolTimer(Loop& loop, TimePoint when, Loop::Callback callback);
  PoolTimer(PoolTimer&& other) noexcept;
  PoolTimer& operator=(PoolTimer&& other) noexcept;
  ~PoolTimer();

 private:
  Loop* loop_ = nullptr;
  TimerId id_ = TimerId::None;
};

class PoolSignal {
 public:
  explicit PoolSignal(Loop& loop) : loop_(loop) {}
  PoolSignal(const PoolSignal&) = delete;
  PoolSignal& operator=(const PoolSignal&) = delete;

  // Wakes all who wait now, through the loop's queue, in the order of their waits.
  void notify();

  // Ready after the next `notify`, at `until`, or with Cancelled when `stop` is asked for. Which
  // of the first two it was, the caller sees by looking.
  Task<Result<void>> wait(TimePoint until, std::stop_token stop);

 private:
  Loop& loop_;
  std::list<OneShot<void>::Sender> waiting_;
};

}  // namespace muai
