#pragma once

// Ends an exchange with an endpoint that takes too long.

#include <optional>
#include <stop_token>
#include <string>

#include "model/openai_endpoint.h"
#include "model/retry.h"
#include "muai/async/loop.h"
#include "muai/model/patience.h"

namespace muai {

// Watches one exchange by one timer of the loop: the caller's deadline, and the bounds of
// ModelDeadlines on the whole, on the first token and between tokens. When one is passed the stop
// token is set and `reason` says why. Loop thread only.
class ExchangeWatch {
 public:
  // What is waited for: tokens, or one answer as a whole, to which first_token_max applies.
  enum class Kind : std::uint8_t { Stream, Whole };

  // `endpoint` must outlive the watch; `outer` stops the exchange as well.
  ExchangeWatch(Loop& loop, const OpenAiEndpoint& endpoint, const ModelDeadlines& deadlines,
                TimePoint deadline, const std::stop_token& outer, Kind kind);
  ExchangeWatch(const ExchangeWatch&) = delete;
  ExchangeWatch& operator=(const ExchangeWatch&) = delete;
  ~ExchangeWatch();

  std::stop_token token() const { return source_.get_token(); }

  // A token has arrived.
  void token_arrived();
  // The endpoint has said its last word; its connection may stay open for a moment only.
  void answer_is_done();

  // Why the exchange was stopped; absent when it was not, when only `outer` or the moment after
  // the last word did it.
  std::optional<ExchangeFailure>& reason() { return reason_; }

 private:
  struct PassOn {
    std::stop_source source;
    void operator()() { source.request_stop(); }
  };
  // The next bound that can pass.
  struct Bound {
    TimePoint when = kNever;
    FailureCause cause = FailureCause::Caller;
    std::string_view what;
    Duration length{};
  };

  Bound next_bound() const;
  void arm();
  void fire();

  Loop& loop_;
  const OpenAiEndpoint& endpoint_;
  ModelDeadlines deadlines_;
  TimePoint deadline_;
  Kind kind_;
  std::stop_source source_;
  std::stop_callback<PassOn> pass_on_;
  TimePoint begun_;
  TimePoint last_token_;
  TimePoint done_at_ = kNever;
  bool has_token_ = false;
  TimerId timer_ = TimerId::None;
  std::optional<ExchangeFailure> reason_;
};

}  // namespace muai
