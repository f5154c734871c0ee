#include "net/watchdog.h"

#include <fmt/format.h>

namespace muai {
namespace {

double seconds(std::chrono::milliseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

Watchdog::Watchdog(Loop& loop, const HttpLimits& limits, std::chrono::milliseconds total_left,
                   const std::stop_token& outer)
    : loop_(loop), limits_(limits), pass_on_(outer, PassOn{source_}) {
  total_timer_ = in(total_left, [this] {
    bark(fmt::format("it took longer than {} s", seconds(limits_.total_max)));
  });
}

Watchdog::~Watchdog() {
  loop_.cancel(total_timer_);
  loop_.cancel(head_timer_);
  loop_.cancel(rate_timer_);
}

TimerId Watchdog::in(std::chrono::milliseconds delay, Loop::Callback callback) {
  if (delay <= std::chrono::milliseconds{0}) return TimerId::None;
  return loop_.at(loop_.now() + delay, std::move(callback));
}

void Watchdog::bark(std::string message) {
  if (!reason_) reason_ = Error(ErrorCode::Timeout, std::move(message));
  source_.request_stop();
}

void Watchdog::exchange_begins() {
  head_timer_ = in(limits_.first_byte_max, [this] {
    bark(fmt::format("no answer within {} s", seconds(limits_.first_byte_max)));
  });
}

void Watchdog::head_arrived() {
  loop_.cancel(head_timer_);
  if (limits_.rate_bytes_per_s_min > 0) watch_rate();
}

void Watchdog::watch_rate() {
  raw_at_window_ = raw_total_;
  rate_timer_ = in(limits_.rate_window, [this] {
    const double needed =
        static_cast<double>(limits_.rate_bytes_per_s_min) * seconds(limits_.rate_window);
    if (static_cast<double>(raw_total_ - raw_at_window_) < needed) {
      bark(fmt::format("it sends less than {} bytes a second", limits_.rate_bytes_per_s_min));
    } else {
      watch_rate();
    }
  });
}

}  // namespace muai
