#include "muai/async/event.h"

namespace muai {

namespace {

// A place in a list of waiters, left on every way out: served, stopped or destroyed.
template <class Sender>
class Place {
 public:
  Place(std::list<Sender>& line, Sender sender)
      : line_(line), at_(line.insert(line.end(), std::move(sender))) {}
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { line_.erase(at_); }

 private:
  std::list<Sender>& line_;
  typename std::list<Sender>::iterator at_;
};

}  // namespace

void AsyncEvent::set() {
  is_set_ = true;
  for (const auto& waiter : waiters_) waiter.send({});
}

Task<Result<void>> AsyncEvent::wait(std::stop_token stop) {
  if (stop.stop_requested()) return Task<Result<void>>::ready(cancelled());
  if (is_set_) return Task<Result<void>>::ready({});
  return wait_in_line(std::move(stop));
}

Task<Result<void>> AsyncEvent::wait_in_line(std::stop_token stop) {
  if (is_set_) co_return {};
  OneShot<void> woken(loop_);
  const Place place(waiters_, woken.sender());
  Result<void> result = co_await woken.wait(std::move(stop));
  co_return result;
}

Task<Result<AsyncSemaphore::Permit>> AsyncSemaphore::acquire(std::stop_token stop) {
  if (stop.stop_requested()) return Task<Result<Permit>>::ready(cancelled());
  if (available_ == 0) return acquire_in_line(std::move(stop));
  --available_;
  return Task<Result<Permit>>::ready(Permit(*this));
}

Task<Result<AsyncSemaphore::Permit>> AsyncSemaphore::acquire_in_line(std::stop_token stop) {
  if (available_ > 0) {
    --available_;
    co_return Permit(*this);
  }
  OneShot<Permit> served(loop_);
  const Place place(waiters_, served.sender());
  Result<Permit> permit = co_await served.wait(std::move(stop));
  co_return permit;
}

void AsyncSemaphore::give_back() {
  for (const auto& waiter : waiters_) {
    if (waiter.is_settled()) continue;
    waiter.send(Permit(*this));
    return;
  }
  ++available_;
}

}  // namespace muai
