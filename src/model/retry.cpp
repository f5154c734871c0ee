#include "model/retry.h"

#include <algorithm>

namespace muai {
namespace {

constexpr int kDoublingsMax = 30;

Duration from_seconds(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

// Full jitter: evenly within the bound, so that clients that failed together do not come back
// together.
Duration drawn_delay(const ModelRetries& retries, int tries, std::uint64_t random) {
  const int doublings = std::clamp(tries - 1, 0, kDoublingsMax);
  const Duration bound = std::min<Duration>(
      Duration(retries.delay_first) * (std::int64_t{1} << doublings), Duration(retries.delay_max));
  const double share = static_cast<double>(random >> 11) / static_cast<double>(1ULL << 53);
  return std::chrono::duration_cast<Duration>(bound * share);
}

}  // namespace

bool is_worth_retrying(const ExchangeFailure& failure) {
  const bool may_change =
      failure.cause == FailureCause::Endpoint || failure.cause == FailureCause::Busy;
  return may_change && !failure.showed_text && is_retryable(failure.error.code());
}

bool blames_endpoint(const ExchangeFailure& failure) {
  switch (failure.cause) {
    case FailureCause::Endpoint:
    case FailureCause::Slowness: return true;
    case FailureCause::Busy:
    case FailureCause::Request:
    case FailureCause::Caller: return false;
  }
  return false;
}

std::optional<Duration> delay_before_retry(const ModelRetries& retries, const Error& error,
                                           int tries, Duration time_left, std::uint64_t random) {
  if (tries >= retries.tries_max) return std::nullopt;
  Duration delay = drawn_delay(retries, tries, random);
  if (error.retry_after_s() >= 0) {
    const Duration asked = from_seconds(error.retry_after_s());
    if (asked > Duration(retries.retry_after_max)) return std::nullopt;
    delay = std::max(delay, asked);
  }
  if (delay >= time_left) return std::nullopt;
  return delay;
}

}  // namespace muai
