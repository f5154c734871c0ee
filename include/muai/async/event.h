#pragma once

// Waiting for a condition, and for a place, between coroutines of one loop. Loop thread only.

#include <cstddef>
#include <list>
#include <stop_token>
#include <utility>

#include "muai/async/loop.h"
#include "muai/async/oneshot.h"
#include "muai/async/task.h"
#include "muai/core/result.h"

namespace muai {

// A flag that coroutines wait for. Must outlive its waiters.
class AsyncEvent {
 public:
  explicit AsyncEvent(Loop& loop) : loop_(loop) {}
  AsyncEvent(const AsyncEvent&) = delete;
  AsyncEvent& operator=(const AsyncEvent&) = delete;

  bool is_set() const { return is_set_; }

  // Wakes every waiter, through the loop's queue, in the order of their waits. Stays set.
  void set();
  void reset() { is_set_ = false; }

  // Ready at once when set. ErrorCode::Cancelled when `stop` is asked for.
  Task<Result<void>> wait(std::stop_token stop);

 private:
  Task<Result<void>> wait_in_line(std::stop_token stop);

  Loop& loop_;
  bool is_set_ = false;
  std::list<OneShot<void>::Sender> waiters_;
};

// A number of places, given in the order of asking: at most so many at once. Must outlive its
// permits and waiters.
class AsyncSemaphore {
 public:
  // One place, given back on destruction.
  class [[nodiscard]] Permit {
   public:
    Permit() = default;
    explicit Permit(AsyncSemaphore& semaphore) : semaphore_(&semaphore) {}
    Permit(Permit&& other) noexcept : semaphore_(std::exchange(other.semaphore_, nullptr)) {}
    Permit& operator=(Permit&& other) noexcept {
      if (this != &other) {
        release();
        semaphore_ = std::exchange(other.semaphore_, nullptr);
      }
      return *this;
    }
    ~Permit() { release(); }

    void release() {
      if (semaphore_) std::exchange(semaphore_, nullptr)->give_back();
    }

   private:
    AsyncSemaphore* semaphore_ = nullptr;
  };

  AsyncSemaphore(Loop& loop, std::size_t places) : loop_(loop), available_(places) {}
  AsyncSemaphore(const AsyncSemaphore&) = delete;
  AsyncSemaphore& operator=(const AsyncSemaphore&) = delete;

  std::size_t available() const { return available_; }
  std::size_t waiting() const { return waiters_.size(); }

  // Ready at once when there is a place. ErrorCode::Cancelled when `stop` is asked for first.
  Task<Result<Permit>> acquire(std::stop_token stop);

 private:
  Task<Result<Permit>> acquire_in_line(std::stop_token stop);
  void give_back();

  Loop& loop_;
  std::size_t available_;
  std::list<OneShot<Permit>::Sender> waiters_;
};

}  // namespace muai
