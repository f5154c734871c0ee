#pragma once

// Ends a hop that takes too long.

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "muai/async/loop.h"
#include "muai/core/error.h"
#include "muai/net/http.h"

namespace muai {

// Watches one hop by the loop's timers: its total time, the time to its headers, and its rate
// while the body comes. When a bound is passed the hop's stop token is set and `reason` says why.
// Loop thread only; destroyed before its loop.
class Watchdog {
 public:
  // `total_left` is what remains of limits.total_max; zero means no bound. `outer` stops the hop
  // as well.
  Watchdog(Loop& loop, const HttpLimits& limits, std::chrono::milliseconds total_left,
           const std::stop_token& outer);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

  std::stop_token token() const { return source_.get_token(); }

  void exchange_begins();
  void head_arrived();
  void body_arrived(std::size_t raw_total) { raw_total_ = raw_total; }

  // Why the hop was stopped; absent when it was not, or only by `outer`.
  const std::optional<Error>& reason() const { return reason_; }

 private:
  struct PassOn {
    std::stop_source source;
    void operator()() { source.request_stop(); }
  };

  void bark(std::string message);
  void watch_rate();
  TimerId in(std::chrono::milliseconds delay, Loop::Callback callback);

  Loop& loop_;
  HttpLimits limits_;
  std::stop_source source_;
  std::stop_callback<PassOn> pass_on_;
  std::optional<Error> reason_;
  TimerId total_timer_ = TimerId::None;
  TimerId head_timer_ = TimerId::None;
  TimerId rate_timer_ = TimerId::None;
  std::size_t raw_total_ = 0;
  std::size_t raw_at_window_ = 0;
};

}  // namespace muai
