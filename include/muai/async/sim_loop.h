#pragma once

// SimLoop: a loop for tests, in virtual time, from one seed.
//
// Waiting costs nothing: when no callback is ready, time jumps to the next timer. The same seed
// and the same program give the same order of callbacks, which `order_hash` shows. One thread
// only: using it from a second thread is a bug.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "muai/async/loop.h"
#include "muai/async/start.h"
#include "muai/async/task.h"
#include "muai/core/result.h"

namespace muai {

struct SimOptions {
  enum class Order : std::uint8_t {
    Fifo,      // ready callbacks run in the order in which they became ready
    Shuffled,  // any ready callback may be next; the seed decides
  };

  std::uint64_t seed = 1;
  Order order = Order::Fifo;
  std::size_t steps_max = 10'000'000;         // callbacks per run before it is called endless
  double unix_seconds_start = 1'700'000'000;  // wall clock at the loop's start
};

class SimLoop final : public Loop {
 public:
  // Why a run ended.
  enum class End : std::uint8_t {
    Done,       // the predicate held
    Idle,       // nothing is ready and no timer is set
    StepLimit,  // steps_max callbacks ran
  };

  explicit SimLoop(SimOptions options = {});
  ~SimLoop() override;

  TimePoint now() const override;
  double unix_seconds() const override;
  void post(Callback callback) override;
  TimerId at(TimePoint when, Callback callback) override;
  void cancel(TimerId timer) override;
  std::uint64_t random() override;

  // True with this probability; the place to inject a fault. Draws from the seed, apart from
  // random(), so that adding faults leaves the rest of a run's randomness alone.
  bool chance(double probability);

  // Runs until nothing is left to do.
  End run();
  // Runs until `is_done()`, asked before each callback.
  End run_until(std::move_only_function<bool()> is_done);
  // Runs what is due within `duration`, and leaves the clock at its end.
  End run_for(Duration duration);

  // Runs until the task has ended and gives its value; a Task<Result<U>> gives Result<U>. A task
  // that can't go on (deadlock) is ErrorCode::Contract, an endless one LimitExceeded.
  template <class T>
  auto run(Task<T> task);

  std::size_t steps() const;         // callbacks run so far
  std::uint64_t order_hash() const;  // of which callback ran when, since the start

 private:
  Error stuck(End end) const;

  class State;
  std::unique_ptr<State> state_;
};

namespace internal {

template <class T>
struct SimResult {
  using Type = Result<T>;
};
template <class T>
struct SimResult<Result<T>> {
  using Type = Result<T>;
};

}  // namespace internal

template <class T>
auto SimLoop::run(Task<T> task) {
  using Given = typename internal::SimResult<T>::Type;
  std::optional<Outcome<T>> outcome;
  const StartedTask started =
      start(std::move(task), [&outcome](Outcome<T> ended) { outcome.emplace(std::move(ended)); });
  const End end = run_until([&outcome] { return outcome.has_value(); });
  if (end != End::Done) return Given(std::unexpect, stuck(end));
  if constexpr (std::is_void_v<T>) {
    std::move(*outcome).take();
    return Given();
  } else {
    return Given(std::move(*outcome).take());
  }
}

}  // namespace muai
