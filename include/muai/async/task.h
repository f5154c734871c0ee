#pragma once

// Task<T>: work that gives one T, possibly later.
//
//   Task<int> twice(Task<int> number) {
//     const int value = co_await std::move(number);
//     co_return 2 * value;
//   }
//
// Lazy: nothing runs before it is awaited or started. Move-only; awaited at most once, as an
// rvalue. An exception that leaves the body is rethrown where the task is awaited. Resumption is
// by symmetric transfer, so that chains of any length use no stack.
//
// A Task can also be made from a value (`Task<T>::ready`), without a coroutine frame: a step that
// has nothing to wait for costs a move.
//
// Destroying a suspended Task destroys its frame and, from the inside out, everything that it is
// awaiting; every awaitable of this layer withdraws its timers and callbacks when that happens.
// A Task belongs to one thread at a time, the loop's; nothing here is thread-safe.

#include <concepts>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "muai/async/frame_cache.h"
#include "muai/core/check.h"

namespace muai {

template <class T>
class Task;

// How a task ended: with its value, or with the exception that left its body.
template <class T>
class [[nodiscard]] Outcome {
 public:
  using Stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

  explicit Outcome(Stored value) : end_(std::in_place_index<0>, std::move(value)) {}
  explicit Outcome(std::exception_ptr thrown) : end_(std::in_place_index<1>, std::move(thrown)) {}

  bool has_value() const { return end_.index() == 0; }

  // Null when there is a value.
  std::exception_ptr exception() const {
    return has_value() ? std::exception_ptr() : std::get<1>(end_);
  }

  // The value; rethrows the exception when there is none.
  T take() && {
    if (!has_value()) [[unlikely]]
      std::rethrow_exception(std::get<1>(std::move(end_)));
    if constexpr (!std::is_void_v<T>) return std::get<0>(std::move(end_));
  }

 private:
  std::variant<Stored, std::exception_ptr> end_;
};

namespace internal {

// The part of a task's promise that does not depend on its type.
class TaskPromiseHead {
 public:
  static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept { free_frame(frame, bytes); }

  struct ResumeContinuation {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) const noexcept {
      return done.promise().continuation_;
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  ResumeContinuation final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { thrown_ = std::current_exception(); }

  // Resumed when the body has ended. REQUIRES: set before the first resumption.
  void continue_with(std::coroutine_handle<> continuation) { continuation_ = continuation; }

 protected:
  std::coroutine_handle<> continuation_;
  std::exception_ptr thrown_;
};

template <class T>
class TaskPromise : public TaskPromiseHead {
 public:
  Task<T> get_return_object() noexcept;

  template <class Value = T>
    requires std::convertible_to<Value&&, T>
  void return_value(Value&& value) {
    value_.emplace(std::forward<Value>(value));
  }

  T take() {
    if (thrown_) [[unlikely]]
      std::rethrow_exception(std::move(thrown_));
    return *std::move(value_);
  }

  Outcome<T> take_outcome() {
    if (thrown_) [[unlikely]]
      return Outcome<T>(std::move(thrown_));
    return Outcome<T>(*std::move(value_));
  }

 private:
  std::optional<T> value_;
};

template <>
class TaskPromise<void> : public TaskPromiseHead {
 public:
  Task<void> get_return_object() noexcept;
  void return_void() const noexcept {}

  void take() {
    if (thrown_) [[unlikely]]
      std::rethrow_exception(std::move(thrown_));
  }

  Outcome<void> take_outcome() {
    if (thrown_) [[unlikely]]
      return Outcome<void>(std::move(thrown_));
    return Outcome<void>(std::monostate());
  }
};

// Awaits a task. Owns the frame while waiting, so that the Task object need not stay; a ready
// value is only pointed to, because nothing suspends between the two calls that use it.
template <class T>
class TaskAwaiter {
 public:
  using Frame = std::coroutine_handle<TaskPromise<T>>;
  using Slot = std::optional<typename Outcome<T>::Stored>;

  TaskAwaiter(Frame frame, Slot* ready) noexcept : frame_(frame), ready_(ready) {}
  TaskAwaiter(const TaskAwaiter&) = delete;
  TaskAwaiter& operator=(const TaskAwaiter&) = delete;
  ~TaskAwaiter() {
    if (frame_) frame_.destroy();
  }

  bool await_ready() const noexcept { return !frame_; }

  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
    frame_.promise().continue_with(awaiting);
    return frame_;
  }

  T await_resume() {
    if (frame_) return frame_.promise().take();
    if constexpr (std::is_void_v<T>) {
      ready_->reset();
    } else {
      T value = std::move(**ready_);
      ready_->reset();
      return value;
    }
  }

 protected:
  Frame frame_;
  Slot* ready_;
};

// The same, without rethrowing.
template <class T>
class OutcomeAwaiter : public TaskAwaiter<T> {
 public:
  using TaskAwaiter<T>::TaskAwaiter;

  Outcome<T> await_resume() {
    if (this->frame_) return this->frame_.promise().take_outcome();
    Outcome<T> outcome(std::move(**this->ready_));
    this->ready_->reset();
    return outcome;
  }
};

}  // namespace internal

template <class T = void>
class [[nodiscard]] Task {
  static_assert(!std::is_reference_v<T>, "a task gives a value; give a pointer instead");

 public:
  using promise_type = internal::TaskPromise<T>;
  using Stored = typename Outcome<T>::Stored;

  // A task that is already done. No coroutine frame is made.
  static Task ready(Stored value = Stored()) { return Task(std::move(value)); }

  Task(Task&& other) noexcept
      : frame_(std::exchange(other.frame_, {})), ready_(std::move(other.ready_)) {
    other.ready_.reset();
  }
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      std::destroy_at(this);
      std::construct_at(this, std::move(other));
    }
    return *this;
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() {
    if (frame_) frame_.destroy();
  }

  // True for a task that holds its value already. False for one that was awaited or moved from,
  // and for every coroutine, even one that would not wait.
  bool is_ready() const { return ready_.has_value(); }

  // REQUIRES: is_ready(). The task is empty afterwards.
  T take_ready() {
    MUAI_CHECK(is_ready());
    if constexpr (std::is_void_v<T>) {
      ready_.reset();
    } else {
      T value = *std::move(ready_);
      ready_.reset();
      return value;
    }
  }

  // auto value = co_await std::move(task);
  internal::TaskAwaiter<T> operator co_await() && {
    MUAI_CHECK(frame_ || ready_);  // awaited twice
    return {std::exchange(frame_, {}), &ready_};
  }

  // auto outcome = co_await std::move(task).as_outcome();
  // Waits without rethrowing. REQUIRES: awaited in the same expression.
  internal::OutcomeAwaiter<T> as_outcome() && {
    MUAI_CHECK(frame_ || ready_);  // awaited twice
    return {std::exchange(frame_, {}), &ready_};
  }

 private:
  friend promise_type;
  using Frame = std::coroutine_handle<promise_type>;

  explicit Task(Frame frame) noexcept : frame_(frame) {}
  explicit Task(Stored&& value) : ready_(std::move(value)) {}

  Frame frame_;  // null when ready or empty
  std::optional<Stored> ready_;
};

namespace internal {

template <class T>
Task<T> TaskPromise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

inline Task<void> TaskPromise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

}  // namespace internal

}  // namespace muai
