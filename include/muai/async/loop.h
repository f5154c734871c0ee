#pragma once

// Loop: the one seam for time and chance. AsioLoop is the real one, SimLoop runs tests in virtual
// time from one seed.
//
// A loop runs callbacks one after another on one thread, the loop thread. Unless a function says
// otherwise it is called on that thread. Callbacks must not throw, and must not block.

#include <chrono>
#include <cstdint>
#include <functional>

namespace muai {

using Duration = std::chrono::nanoseconds;

// The clock of loops: monotonic, with an origin that means nothing outside one loop.
struct LoopClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<LoopClock>;
  static constexpr bool is_steady = true;
};
using TimePoint = LoopClock::time_point;

// Later than every other time: a timer that never fires.
inline constexpr TimePoint kNever = TimePoint::max();

enum class TimerId : std::uint64_t { None = 0 };

class Loop {
 public:
  using Callback = std::move_only_function<void()>;

  Loop() = default;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  virtual ~Loop() = default;

  virtual TimePoint now() const = 0;

  // Seconds since 1970-01-01 UTC, for records. May jump; never used for waiting.
  virtual double unix_seconds() const = 0;

  // Runs `callback` soon on the loop thread, never inside this call. Thread-safe. Callbacks still
  // waiting when the loop is destroyed are destroyed without being run.
  virtual void post(Callback callback) = 0;

  // Runs `callback` once, at `when` or as soon after as the loop is free. Timers of the same time
  // fire in the order in which they were set. A `when` in the past fires soon, never inside this
  // call.
  virtual TimerId at(TimePoint when, Callback callback) = 0;

  // Withdraws a timer; its callback is destroyed. A timer that has fired or is None: no effect.
  virtual void cancel(TimerId timer) = 0;

  // 64 uniform bits, for jitter and sampling. Not for secrets.
  virtual std::uint64_t random() = 0;
};

}  // namespace muai
