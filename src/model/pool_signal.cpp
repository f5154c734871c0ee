#include "model/pool_signal.h"

#include <utility>

namespace muai {
namespace {

class Place {
 public:
  Place(std::list<OneShot<void>::Sender>& line, OneShot<void>::Sender sender)
      : line_(line), at_(line.insert(line.end(), std::move(sender))) {}
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { line_.erase(at_); }

 private:
  std::list<OneShot<void>::Sender>& line_;
  std::list<OneShot<void>::Sender>::iterator at_;
};

}  // namespace

PoolTimer::PoolTimer(Loop& loop, TimePoint when, Loop::Callback callback)
    : loop_(&loop), id_(loop.at(when, std::move(callback))) {}

PoolTimer::PoolTimer(PoolTimer&& other) noexcept
    : loop_(std::exchange(other.loop_, nullptr)), id_(std::exchange(other.id_, TimerId::None)) {}

PoolTimer& PoolTimer::operator=(PoolTimer&& other) noexcept {
  if (this != &other) {
    if (loop_) loop_->cancel(id_);
    loop_ = std::exchange(other.loop_, nullptr);
    id_ = std::exchange(other.id_, TimerId::None);
  }
  return *this;
}

PoolTimer::~PoolTimer() {
  if (loop_) loop_->cancel(id_);
}

void PoolSignal::notify() {
  for (const auto& sender : waiting_) sender.send({});
}

Task<Result<void>> PoolSignal::wait(TimePoint until, std::stop_token stop) {
  if (stop.stop_requested()) co_return cancelled();
  OneShot<void> woken(loop_);
  const Place place(waiting_, woken.sender());
  PoolTimer timer;
  if (until != kNever)
    timer = PoolTimer(loop_, until, [sender = woken.sender()] { sender.send_from_loop({}); });
  Result<void> result = co_await woken.wait(std::move(stop));
  co_return result;
}

}  // namespace muai
