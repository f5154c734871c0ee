#include "net/host_queue.h"

#include <fmt/format.h>

#include <algorithm>

#include "muai/async/sleep.h"

namespace muai {
namespace {

constexpr auto kHoldWaitMax = std::chrono::seconds{5};
constexpr std::size_t kIdleHostsMax = 1000;

// Passes a wake-up on when its receiver leaves without taking the turn.
template <class Fn>
struct OnExit {
  Fn fn;
  ~OnExit() { fn(); }
};

}  // namespace

HostTurn& HostTurn::operator=(HostTurn&& other) noexcept {
  if (this != &other) {
    give_back();
    queue_ = std::exchange(other.queue_, nullptr);
    key_ = std::move(other.key_);
  }
  return *this;
}

void HostTurn::give_back() {
  HostQueue* queue = std::exchange(queue_, nullptr);
  if (queue == nullptr) return;
  --queue->hosts_[key_].running;
  queue->wake_next(key_);
}

void HostQueue::wake_next(const std::string& key) {
  const auto found = hosts_.find(key);
  if (found == hosts_.end()) return;
  auto& waiting = found->second.waiting;
  while (!waiting.empty()) {
    const auto sender = waiting.front();
    waiting.pop_front();
    if (sender.is_settled()) continue;  // stopped meanwhile
    sender.send({});
    return;
  }
}

void HostQueue::forget_idle_hosts() {
  if (hosts_.size() <= kIdleHostsMax) return;
  const TimePoint now = loop_.now();
  std::erase_if(hosts_, [now](const auto& entry) {
    const Host& host = entry.second;
    return host.running == 0 && host.waiting.empty() && host.next_start <= now &&
           host.held_until <= now;
  });
}

void HostQueue::hold_off(const std::string& key, TimePoint until) {
  Host& host = hosts_[key];
  host.held_until = std::max(host.held_until, until);
}

Task<Result<HostTurn>> HostQueue::take_turn(std::string key, HostPace pace, std::stop_token stop) {
  forget_idle_hosts();
  bool taken = false;
  const OnExit pass_on{[&] {
    if (!taken) wake_next(key);
  }};
  while (!stop.stop_requested()) {
    Host& host = hosts_[key];
    const TimePoint now = loop_.now();
    if (host.held_until > now + kHoldWaitMax) {
      const double seconds = std::chrono::duration<double>(host.held_until - now).count();
      co_return std::unexpected(
          Error(ErrorCode::Refused,
                fmt::format("'{}' asked us to wait; try again in {:.0f} s", key, seconds))
              .retry_after(seconds));
    }
    const TimePoint start = std::max(host.next_start, host.held_until);
    if (pace.connections_max > 0 && host.running >= pace.connections_max) {
      OneShot<void> turn(loop_);
      host.waiting.push_back(turn.sender());
      MUAI_CO_TRY_VOID(co_await turn.wait(stop));
    } else if (now < start) {
      MUAI_CO_TRY_VOID(co_await sleep_until(loop_, start, stop));
    } else {
      taken = true;
      ++host.running;
      host.next_start = now + pace.gap;
      co_return HostTurn(this, std::move(key));
    }
  }
  co_return cancelled();
}

}  // namespace muai
