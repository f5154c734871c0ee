#pragma once

// Work that blocks, or takes over a millisecond, leaves the loop thread:
//
//   auto work = [html = std::move(html)] { return read_html(html); };
//   Result<Document> document = co_await on_pool(pool, std::move(work), stop);
//
// The function owns what it works on (captures by value): when `stop` is asked for, the awaiting
// task resumes at once with ErrorCode::Cancelled, while a job that has begun goes on to its end
// and its result is dropped. A job that has not begun is dropped.

#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

#include "muai/async/loop.h"
#include "muai/async/oneshot.h"
#include "muai/async/start.h"
#include "muai/async/task.h"
#include "muai/core/result.h"

namespace muai {

struct PoolOptions {
  std::size_t threads = 2;     // 0: jobs run on the loop thread as posted callbacks (SimLoop)
  std::size_t queue_max = 64;  // jobs that threads may take; later ones wait on the loop's side
};

// A fixed number of threads that run jobs. The loop must outlive it. The destructor joins: it
// waits for jobs that have begun and drops the others. Loop thread only.
class Pool {
 public:
  Pool(Loop& loop, PoolOptions options);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();

  Loop& loop() const;

  // Jobs accepted and not ended; those whose task has been stopped count until they end.
  std::size_t unfinished() const;

  // `run` is called on a pool thread, then destroyed there; then `finished` is called on the loop
  // thread. Neither may throw.
  struct Job {
    Loop::Callback run;
    Loop::Callback finished;
  };

  // Most callers want on_pool.
  void submit(Job job);

 private:
  class State;
  std::shared_ptr<State> state_;
};

namespace internal {

template <class T>
struct PoolResult {
  using Type = Result<T>;
};
template <class T>
struct PoolResult<Result<T>> {
  using Type = Result<T>;
};

// Calls `fn` inside a coroutine, which keeps its value or its exception for another thread.
template <class Fn>
Task<std::invoke_result_t<Fn&>> call_in_task(Fn fn) {
  co_return fn();
}

// One call of `fn`: begun on a pool thread, its outcome taken on the loop thread.
template <class Fn>
struct PoolCall {
  using Value = std::invoke_result_t<Fn&>;

  std::optional<Fn> fn;
  std::stop_token stop;
  typename OneShot<Outcome<Value>>::Sender sender;
  std::optional<Outcome<Value>> outcome = std::nullopt;

  void run() {
    Fn owned = *std::move(fn);
    fn.reset();
    if (stop.stop_requested()) return;
    auto keep = [this](Outcome<Value> result) { outcome.emplace(std::move(result)); };
    const StartedTask ended = start(call_in_task<Fn>(std::move(owned)), keep);
    MUAI_CHECK(!ended.is_running());
  }

  void finish() {
    if (outcome) {
      sender.send_from_loop(*std::move(outcome));
    } else {
      sender.send_from_loop(cancelled());
    }
  }
};

}  // namespace internal

// Runs `fn`, which returns T, void or Result<T>, on `pool`; the task gives Result<T>. Exceptions
// of `fn` are rethrown where the task is awaited. `pool` must outlive the task.
template <class Fn>
Task<typename internal::PoolResult<std::invoke_result_t<Fn&>>::Type> on_pool(Pool& pool, Fn fn,
                                                                             std::stop_token stop) {
  using Call = internal::PoolCall<Fn>;
  using Value = typename Call::Value;
  if (stop.stop_requested()) co_return cancelled();
  OneShot<Outcome<Value>> done(pool.loop());
  const auto call = std::make_shared<Call>(std::move(fn), stop, done.sender());
  pool.submit({.run = [call] { call->run(); }, .finished = [call] { call->finish(); }});
  Result<Outcome<Value>> outcome = co_await done.wait(std::move(stop));
  if (!outcome) co_return pass(std::move(outcome));
  if constexpr (std::is_void_v<Value>) {
    std::move(*outcome).take();
    co_return {};
  } else {
    co_return std::move(*outcome).take();
  }
}

}  // namespace muai
