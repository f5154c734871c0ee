#pragma once

// OneShot<T>: a coroutine waits for one value that a callback will bring.
//
//   OneShot<int> answer(loop);
//   library.ask([sender = answer.sender()](int n) mutable { sender.send(n); });
//   Result<int> n = co_await answer.wait(stop);
//
// Loop thread only: a callback of another thread posts first. `wait` resumes at once, with
// ErrorCode::Cancelled, when `stop` is asked for on any thread; what is sent later is dropped.

#include <coroutine>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>
#include <variant>

#include "muai/async/loop.h"
#include "muai/core/check.h"
#include "muai/core/result.h"

namespace muai {

// The error of everything that was stopped by its stop token.
std::unexpected<Error> cancelled(std::source_location where = std::source_location::current());

namespace internal {

// Shared by the waiting coroutine, the sender and the stop callback.
template <class T>
class OneShotState : public std::enable_shared_from_this<OneShotState<T>> {
 public:
  explicit OneShotState(Loop& loop) : loop_(loop) {}

  Loop& loop() const { return loop_; }

  // Keeps the first result and drops later ones. Returns true when a coroutine waits for it.
  bool settle(Result<T> result) {
    if (is_settled_) return false;
    is_settled_ = true;
    result_.emplace(std::move(result));
    return static_cast<bool>(waiter_);
  }

  void settle_and_post(Result<T> result) {
    if (!settle(std::move(result))) return;
    loop_.post([self = this->shared_from_this()] { self->resume(); });
  }

  // For callbacks that the loop itself runs, where resuming is no recursion.
  void settle_and_resume(Result<T> result) {
    const auto self = this->shared_from_this();
    if (settle(std::move(result))) resume();
  }

  bool is_settled() const { return is_settled_; }
  void wait(std::coroutine_handle<> waiter) { waiter_ = waiter; }
  Result<T> take() { return *std::move(result_); }

  // The waiting coroutine has gone; whatever comes later is dropped.
  void abandon() {
    is_settled_ = true;
    waiter_ = nullptr;
  }

 private:
  void resume() {
    if (waiter_) std::exchange(waiter_, nullptr).resume();
  }

  Loop& loop_;
  bool is_settled_ = false;
  std::coroutine_handle<> waiter_;
  std::optional<Result<T>> result_;
};

}  // namespace internal

template <class T>
class [[nodiscard]] OneShot {
  using State = internal::OneShotState<T>;

 public:
  // Brings the value. Copyable; only the first send counts.
  class Sender {
   public:
    explicit Sender(std::shared_ptr<State> state) : state_(std::move(state)) {}

    // Callable from anywhere on the loop thread: the coroutine resumes through the loop's queue.
    void send(Result<T> result) const { state_->settle_and_post(std::move(result)); }

    // REQUIRES: called by a callback that the loop runs directly (post, at). Saves one round
    // through the queue: the coroutine resumes inside this call.
    void send_from_loop(Result<T> result) const { state_->settle_and_resume(std::move(result)); }

    // True when the value was sent, or when nobody waits any more.
    bool is_settled() const { return state_->is_settled(); }

   private:
    std::shared_ptr<State> state_;
  };

  class Awaiter {
   public:
    Awaiter(State& state, std::stop_token stop) : state_(state), stop_(std::move(stop)) {}
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;

    bool await_ready() const noexcept { return state_.is_settled(); }
    void await_suspend(std::coroutine_handle<> waiter) {
      state_.wait(waiter);
      if (stop_.stop_possible()) on_stop_.emplace(stop_, PostCancel{state_.shared_from_this()});
    }
    Result<T> await_resume() {
      on_stop_.reset();
      return state_.take();
    }

   private:
    // Runs on whatever thread asks to stop, so it only posts.
    struct PostCancel {
      std::shared_ptr<State> state;
      void operator()() {
        Loop& loop = state->loop();
        loop.post([kept = state] { kept->settle_and_resume(cancelled()); });
      }
    };

    State& state_;
    std::stop_token stop_;
    std::optional<std::stop_callback<PostCancel>> on_stop_;
  };

  // `loop` must outlive the object.
  explicit OneShot(Loop& loop) : state_(std::make_shared<State>(loop)) {}
  OneShot(OneShot&&) = delete;
  ~OneShot() { state_->abandon(); }

  Sender sender() const { return Sender(state_); }

  // Result<T> value = co_await oneshot.wait(stop);   At most once.
  Awaiter wait(std::stop_token stop = {}) { return Awaiter(*state_, std::move(stop)); }

 private:
  std::shared_ptr<State> state_;
};

}  // namespace muai
