#pragma once

// start(task, on_done): how loops, when_all and the executor begin a task that no coroutine
// awaits. Everything else awaits.

#include <coroutine>
#include <exception>
#include <utility>

#include "muai/async/task.h"

namespace muai {

// A task that was started. Empty once the task has ended. Destroying it earlier destroys the
// task where it is suspended, and `on_done` is never called. REQUIRES: not destroyed by the
// task itself while it runs (inside `on_done` is fine: the task is gone by then).
class [[nodiscard]] StartedTask {
 public:
  struct promise_type;

  StartedTask() = default;
  StartedTask(StartedTask&& other) noexcept : frame_(std::exchange(other.frame_, {})) { claim(); }
  StartedTask& operator=(StartedTask&& other) noexcept {
    if (this != &other) {
      destroy();
      frame_ = std::exchange(other.frame_, {});
      claim();
    }
    return *this;
  }
  StartedTask(const StartedTask&) = delete;
  StartedTask& operator=(const StartedTask&) = delete;
  ~StartedTask() { destroy(); }

  bool is_running() const { return static_cast<bool>(frame_); }

  // The first resumption. Only `start` calls it.
  void resume() { frame_.resume(); }

 private:
  explicit StartedTask(std::coroutine_handle<promise_type> frame) : frame_(frame) { claim(); }
  inline void claim();
  void destroy() {
    if (frame_) std::exchange(frame_, {}).destroy();
  }

  std::coroutine_handle<promise_type> frame_;
};

struct StartedTask::promise_type {
  static void* operator new(std::size_t bytes) { return internal::allocate_frame(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept {
    internal::free_frame(frame, bytes);
  }
  StartedTask get_return_object() noexcept {
    return StartedTask(std::coroutine_handle<promise_type>::from_promise(*this));
  }
  std::suspend_always initial_suspend() const noexcept { return {}; }
  std::suspend_never final_suspend() const noexcept { return {}; }
  void return_void() const noexcept {}
  // The body awaits an outcome, which does not throw.
  [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }

  StartedTask* owner = nullptr;  // moves with the handle; told when the task has ended
};

inline void StartedTask::claim() {
  if (frame_) frame_.promise().owner = this;
}

namespace internal {

// Ends a started task: its frame is destroyed first, then `on_done` hears the outcome, so that
// whatever on_done does can't touch a running frame.
template <class T, class OnDone>
struct EndStarted {
  OnDone on_done;
  Outcome<T> outcome;

  bool await_ready() const noexcept { return false; }
  // Not inlined: nothing of this call may live in the frame that it destroys.
  [[gnu::noinline]] void await_suspend(std::coroutine_handle<StartedTask::promise_type> frame) {
    OnDone done = std::move(on_done);
    Outcome<T> result = std::move(outcome);
    StartedTask released = std::move(*frame.promise().owner);
    {
      const StartedTask destroyed = std::move(released);
    }
    done(std::move(result));
  }
  void await_resume() const noexcept {}
};

template <class T, class OnDone>
StartedTask run_started(Task<T> task, OnDone on_done) {
  Outcome<T> outcome = co_await std::move(task).as_outcome();
  EndStarted<T, OnDone> end{std::move(on_done), std::move(outcome)};
  co_await end;
}

}  // namespace internal

// Runs `task` until it first waits. When it ends, now or later, calls `on_done(Outcome<T>)` once,
// on the thread that resumed it, after the task's frame is gone; on_done must not throw. Keep the
// returned object until then: it owns the task.
template <class T, class OnDone>
StartedTask start(Task<T> task, OnDone on_done) {
  if (task.is_ready()) {
    if constexpr (std::is_void_v<T>) {
      task.take_ready();
      on_done(Outcome<T>(std::monostate()));
    } else {
      on_done(Outcome<T>(task.take_ready()));
    }
    return StartedTask();
  }
  StartedTask started = internal::run_started(std::move(task), std::move(on_done));
  started.resume();
  return started;
}

}  // namespace muai
