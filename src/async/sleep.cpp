#include "muai/async/sleep.h"

#include "muai/async/oneshot.h"

namespace muai {

namespace {

// Withdraws its timer when the sleeping coroutine goes, for whatever reason.
class ScopedTimer {
 public:
  ScopedTimer(Loop& loop, TimePoint when, Loop::Callback callback)
      : loop_(loop), id_(loop.at(when, std::move(callback))) {}
  ScopedTimer(const ScopedTimer&) = delete;
  ScopedTimer& operator=(const ScopedTimer&) = delete;
  ~ScopedTimer() { loop_.cancel(id_); }

 private:
  Loop& loop_;
  TimerId id_;
};

}  // namespace

Task<Result<void>> sleep_until(Loop& loop, TimePoint when, std::stop_token stop) {
  if (stop.stop_requested()) co_return cancelled();
  OneShot<void> woken(loop);
  const ScopedTimer timer(loop, when, [sender = woken.sender()] { sender.send_from_loop({}); });
  Result<void> result = co_await woken.wait(std::move(stop));
  co_return result;
}

Task<Result<void>> sleep_for(Loop& loop, Duration duration, std::stop_token stop) {
  const TimePoint now = loop.now();
  const TimePoint when = duration > kNever - now ? kNever : now + duration;
  return sleep_until(loop, when, std::move(stop));
}

}  // namespace muai
