#include "model/retry.h"

#include <gtest/gtest.h>

#include <vector>

#include "muai/async/sim_loop.h"

namespace muai {
namespace {

using namespace std::chrono_literals;

ExchangeFailure failure(FailureCause cause, ErrorCode code) {
  return {.cause = cause, .error = Error(code, "failed")};
}

TEST(Retry, OnlyWhatMayChangeIsTriedAgain) {
  EXPECT_TRUE(is_worth_retrying(failure(FailureCause::Endpoint, ErrorCode::Network)));
  EXPECT_TRUE(is_worth_retrying(failure(FailureCause::Endpoint, ErrorCode::Upstream)));
  EXPECT_TRUE(is_worth_retrying(failure(FailureCause::Endpoint, ErrorCode::Timeout)));
  EXPECT_TRUE(is_worth_retrying(failure(FailureCause::Busy, ErrorCode::Upstream)));
  EXPECT_FALSE(is_worth_retrying(failure(FailureCause::Endpoint, ErrorCode::LimitExceeded)));
  EXPECT_FALSE(is_worth_retrying(failure(FailureCause::Slowness, ErrorCode::Timeout)));
  EXPECT_FALSE(is_worth_retrying(failure(FailureCause::Request, ErrorCode::InvalidInput)));
  EXPECT_FALSE(is_worth_retrying(failure(FailureCause::Caller, ErrorCode::Timeout)));
}

TEST(Retry, NothingIsTriedAgainAfterTheFirstText) {
  ExchangeFailure shown = failure(FailureCause::Endpoint, ErrorCode::Network);
  shown.showed_text = true;
  EXPECT_FALSE(is_worth_retrying(shown));
}

TEST(Retry, TheWaitIsDrawnUnderADoublingBound) {
  const ModelRetries retries{.tries_max = 9, .delay_first = 100ms, .delay_max = 1'000ms};
  const Error error(ErrorCode::Network, "failed");
  const auto longest = [&](int tries) {
    return *delay_before_retry(retries, error, tries, Duration::max(), ~0ULL);
  };
  EXPECT_LT(longest(1), 100ms);
  EXPECT_GT(longest(1), 99ms);
  EXPECT_GT(longest(3), 399ms);
  EXPECT_LT(longest(8), 1'000ms);
  EXPECT_GT(longest(8), 999ms);
  EXPECT_EQ(*delay_before_retry(retries, error, 5, Duration::max(), 0), 0ms);
}

TEST(Retry, RetryAfterIsTheLeastAndHasABound) {
  const ModelRetries retries{.delay_first = 1ms, .retry_after_max = 5'000ms};
  const Error busy = Error(ErrorCode::Upstream, "busy").retry_after(3);
  EXPECT_EQ(delay_before_retry(retries, busy, 1, 10s, 0), Duration(3s));
  EXPECT_FALSE(delay_before_retry(retries, busy, 1, 3s, 0)) << "the deadline comes first";
  const Error long_wait = Error(ErrorCode::Upstream, "busy").retry_after(6);
  EXPECT_FALSE(delay_before_retry(retries, long_wait, 1, 60s, 0));
}

TEST(Retry, TriesAreCounted) {
  const Error error(ErrorCode::Network, "failed");
  EXPECT_TRUE(delay_before_retry({.tries_max = 3}, error, 2, Duration::max(), 0));
  EXPECT_FALSE(delay_before_retry({.tries_max = 3}, error, 3, Duration::max(), 0));
}

struct AskRepeatedly : ::testing::Test {
  // Fails with `failures` in order, then gives 42.
  Result<int> ask(std::vector<ExchangeFailure> failures, TimePoint deadline = kNever) {
    const auto once = [this, &failures]() -> Task<Exchange<int>> {
      ++asked;
      if (failures.empty()) return Task<Exchange<int>>::ready(Exchange<int>(42));
      ExchangeFailure next = failures.front();
      failures.erase(failures.begin());
      return Task<Exchange<int>>::ready(Exchange<int>(std::unexpect, std::move(next)));
    };
    return loop.run(ask_repeatedly<int>(
        loop, {.retries = {}, .breaker = &breaker, .deadline = deadline, .stop = stop.get_token()},
        once));
  }

  SimLoop loop;
  Breaker breaker{loop, "http://127.0.0.1:1/v1", {.failures_max = 2}};
  std::stop_source stop;
  int asked = 0;
};

TEST_F(AskRepeatedly, GivesTheFirstSuccess) {
  EXPECT_EQ(ask({failure(FailureCause::Busy, ErrorCode::Upstream),
                 failure(FailureCause::Busy, ErrorCode::Upstream)})
                .value(),
            42);
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(breaker.status().failures, 0);
}

TEST_F(AskRepeatedly, GivesTheLastFailureWhenItsOwnTriesOpenTheBreaker) {
  const auto answer = ask({failure(FailureCause::Endpoint, ErrorCode::Network),
                           failure(FailureCause::Endpoint, ErrorCode::Upstream)});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::Upstream);
  EXPECT_EQ(asked, 2);
  const auto refused = ask({});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::ModelUnavailable);
  EXPECT_EQ(asked, 2);
}

TEST_F(AskRepeatedly, WaitsNotBeyondTheDeadline) {
  ExchangeFailure busy = failure(FailureCause::Busy, ErrorCode::Upstream);
  busy.error = Error(ErrorCode::Upstream, "busy").retry_after(10);
  const TimePoint begun = loop.now();
  EXPECT_FALSE(ask({busy}, loop.now() + 5s));
  EXPECT_EQ(loop.now(), begun);
  EXPECT_TRUE(ask({busy}, loop.now() + 15s));
  EXPECT_EQ(loop.now() - begun, 10s);
}

TEST_F(AskRepeatedly, StopsWhileItWaits) {
  ExchangeFailure busy = failure(FailureCause::Busy, ErrorCode::Upstream);
  busy.error = Error(ErrorCode::Upstream, "busy").retry_after(10);
  loop.at(loop.now() + 1s, [this] { stop.request_stop(); });
  const auto answer = ask({busy});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::Cancelled);
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace muai
