#include "muai/async/sim_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <thread>

#include "async/random.h"
#include "async/timer_heap.h"
#include "muai/core/check.h"

namespace muai {

class SimLoop::State {
 public:
  explicit State(SimOptions given)
      : options(given),
        values(mix64(given.seed)),
        order(mix64(given.seed + 1)),
        faults(mix64(given.seed + 2)) {}

  ~State() {
    // Destroying a callback may withdraw timers and post again.
    while (!ready.empty()) std::deque<Ready>().swap(ready);
    while (timers.size() > 0) {
      const Callback dropped = timers.pop_due(kNever);
    }
  }

  bool is_shuffled() const { return options.order == SimOptions::Order::Shuffled; }

  // The next callback to run, of those that are due; empty when there is none.
  Callback take_next() {
    const bool timer_is_due = timers.next() <= now;
    if (ready.empty() && !timer_is_due) return {};
    if (ready.empty() || (timer_is_due && is_shuffled() && order.below(ready.size() + 1) == 0)) {
      return timers.pop_due(now);
    }
    if (is_shuffled()) std::swap(ready.front(), ready[order.below(ready.size())]);
    Ready next = std::move(ready.front());
    ready.pop_front();
    hash = mix64(hash ^ next.number);
    return std::move(next.callback);
  }

  // Runs one callback, moving the clock to `horizon` at most.
  bool step(TimePoint horizon) {
    Callback callback = take_next();
    if (!callback) {
      if (timers.next() > horizon || timers.next() == kNever) return false;
      now = timers.next();
      callback = take_next();
    }
    ++steps;
    hash = mix64(hash + static_cast<std::uint64_t>(now.time_since_epoch().count()) + steps);
    callback();
    return true;
  }

  struct Ready {
    std::uint64_t number;  // counts posts
    Callback callback;
  };

  SimOptions options;
  std::thread::id thread = std::this_thread::get_id();
  SplitMix64 values;
  SplitMix64 order;
  SplitMix64 faults;
  TimePoint now{};
  std::size_t steps = 0;
  std::uint64_t hash = 0;
  std::uint64_t posted = 0;
  std::deque<Ready> ready;
  TimerHeap timers;
};

SimLoop::SimLoop(SimOptions options) : state_(std::make_unique<State>(options)) {}
SimLoop::~SimLoop() = default;

TimePoint SimLoop::now() const { return state_->now; }

double SimLoop::unix_seconds() const {
  return state_->options.unix_seconds_start +
         std::chrono::duration<double>(state_->now.time_since_epoch()).count();
}

void SimLoop::post(Callback callback) {
  MUAI_CHECK(std::this_thread::get_id() == state_->thread);
  state_->ready.push_back({state_->posted++, std::move(callback)});
}

TimerId SimLoop::at(TimePoint when, Callback callback) {
  MUAI_CHECK(std::this_thread::get_id() == state_->thread);
  const std::uint64_t tie = state_->is_shuffled() ? state_->order.next() : 0;
  return state_->timers.add(std::max(when, state_->now), std::move(callback), tie);
}

void SimLoop::cancel(TimerId timer) { const Callback dropped = state_->timers.remove(timer); }

std::uint64_t SimLoop::random() { return state_->values.next(); }

bool SimLoop::chance(double probability) { return state_->faults.unit() < probability; }

SimLoop::End SimLoop::run() {
  return run_until([] { return false; });
}

SimLoop::End SimLoop::run_until(std::move_only_function<bool()> is_done) {
  for (std::size_t step = 0; !is_done(); ++step) {
    if (step == state_->options.steps_max) return End::StepLimit;
    if (!state_->step(kNever)) return End::Idle;
  }
  return End::Done;
}

SimLoop::End SimLoop::run_for(Duration duration) {
  const TimePoint horizon = state_->now + duration;
  for (std::size_t step = 0; state_->step(horizon); ++step) {
    if (step == state_->options.steps_max) return End::StepLimit;
  }
  state_->now = horizon;
  return End::Done;
}

std::size_t SimLoop::steps() const { return state_->steps; }
std::uint64_t SimLoop::order_hash() const { return state_->hash; }

Error SimLoop::stuck(End end) const {
  const double seconds = std::chrono::duration<double>(state_->now.time_since_epoch()).count();
  if (end == End::StepLimit) {
    return Error(ErrorCode::LimitExceeded,
                 fmt::format("the task had not ended after {} callbacks, at {:.9g} s of virtual "
                             "time; raise SimOptions::steps_max if that is right",
                             state_->options.steps_max, seconds));
  }
  return Error(ErrorCode::Contract,
               fmt::format("deadlock at {:.9g} s of virtual time: the task waits, and no callback "
                           "or timer is left that could resume it",
                           seconds));
}

}  // namespace muai
