#pragma once

// What is tried again, when, and what tells of an endpoint's health: decided here and nowhere else.

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <stop_token>
#include <utility>

#include "muai/async/loop.h"
#include "muai/async/sleep.h"
#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/model/breaker.h"
#include "muai/model/patience.h"

namespace muai {

enum class FailureCause : std::uint8_t {
  Endpoint,  // it failed, spoke nonsense, or could not be reached
  Slowness,  // it took longer than ModelDeadlines allow: asking again would start all over
  Busy,      // it has too many requests
  Request,   // it understood and refused: asking again changes nothing
  Caller,    // stopped, or out of its own time
};

// One exchange that failed, with what decides about the next.
struct ExchangeFailure {
  FailureCause cause = FailureCause::Endpoint;
  Error error;
  bool showed_text = false;  // on_text has heard something
};

template <class T>
using Exchange = std::expected<T, ExchangeFailure>;

// Retried only before the first text: after that the user has seen it, and a second attempt would
// show it twice.
bool is_worth_retrying(const ExchangeFailure& failure);

// Whether it tells of the endpoint's health; what does not counts as a sign of life, but for
// `Caller`, which says nothing.
bool blames_endpoint(const ExchangeFailure& failure);

// How long to wait before the next try; absent when there is none: the tries are used up, the
// endpoint asked for too long a wait, or the wait would pass the deadline. `tries` have been made;
// `random` is 64 uniform bits.
std::optional<Duration> delay_before_retry(const ModelRetries& retries, const Error& error,
                                           int tries, Duration time_left, std::uint64_t random);

// How a request is repeated, and until when.
struct RetryTerms {
  ModelRetries retries;
  Breaker* breaker = nullptr;  // may be null
  TimePoint deadline = kNever;
  std::stop_token stop;
};

// Runs `once` until it succeeds or another try is not worth it; the last failure is the result.
// Loop, breaker and what `once` refers to outlive the task.
template <class T>
Task<Result<T>> ask_repeatedly(Loop& loop, RetryTerms terms,
                               std::function<Task<Exchange<T>>()> once) {
  std::optional<Error> last;
  for (int tries = 1;; ++tries) {
    std::optional<Breaker::Admission> admission;
    if (terms.breaker) {
      auto admitted = terms.breaker->admit();
      // Opened by our own failures: those say more than the breaker.
      if (!admitted) co_return std::unexpected(last ? *std::move(last) : admitted.error());
      admission.emplace(*std::move(admitted));
    }
    Exchange<T> exchange = co_await once();
    if (exchange) {
      if (admission) admission->succeeded();
      co_return *std::move(exchange);
    }
    ExchangeFailure& failure = exchange.error();
    if (admission && blames_endpoint(failure)) {
      admission->failed(failure.error);
    } else if (admission && failure.cause != FailureCause::Caller) {
      admission->succeeded();
    }
    admission.reset();
    if (!is_worth_retrying(failure)) co_return std::unexpected(std::move(failure.error));
    const Duration left = terms.deadline == kNever ? Duration::max() : terms.deadline - loop.now();
    const auto delay = delay_before_retry(terms.retries, failure.error, tries, left, loop.random());
    if (!delay) co_return std::unexpected(std::move(failure.error));
    last = std::move(failure.error);
    MUAI_CO_TRY_VOID(co_await sleep_for(loop, *delay, terms.stop));
  }
}

}  // namespace muai
