#include "model/exchange_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "model/endpoint_error.h"

// Tokens come far more often than bounds pass, so a token only notes the time: the timer, when it
// fires, looks whether its bound has moved and is set again.

namespace muai {
namespace {

constexpr Duration kAfterLastWord = std::chrono::milliseconds(500);

TimePoint after(TimePoint begin, Duration length) {
  return length == Duration::zero() ? kNever : begin + length;
}

}  // namespace

ExchangeWatch::ExchangeWatch(Loop& loop, const OpenAiEndpoint& endpoint,
                             const ModelDeadlines& deadlines, TimePoint deadline,
                             const std::stop_token& outer, Kind kind)
    : loop_(loop),
      endpoint_(endpoint),
      deadlines_(deadlines),
      deadline_(deadline),
      kind_(kind),
      pass_on_(outer, PassOn{source_}),
      begun_(loop.now()),
      last_token_(begun_) {
  arm();
}

ExchangeWatch::~ExchangeWatch() { loop_.cancel(timer_); }

void ExchangeWatch::token_arrived() {
  const bool moves_bound = !std::exchange(has_token_, true);
  last_token_ = loop_.now();
  // From the first token on the bound may be an earlier one.
  if (moves_bound) arm();
}

void ExchangeWatch::answer_is_done() {
  if (done_at_ != kNever) return;
  done_at_ = loop_.now();
  arm();
}

ExchangeWatch::Bound ExchangeWatch::next_bound() const {
  Bound next{.when = deadline_, .what = "the deadline of the call passed", .length = {}};
  const auto consider = [&next](const Bound& other) {
    if (other.when < next.when) next = other;
  };
  consider({after(begun_, deadlines_.total_max), FailureCause::Caller,
            "its answer took longer than", deadlines_.total_max});
  if (done_at_ != kNever) {
    consider({done_at_ + kAfterLastWord, FailureCause::Caller, "", {}});
  } else if (has_token_) {
    consider({after(last_token_, deadlines_.token_gap_max), FailureCause::Slowness,
              "it wrote nothing more for", deadlines_.token_gap_max});
  } else {
    consider({after(begun_, deadlines_.first_token_max), FailureCause::Slowness,
              kind_ == Kind::Stream ? "it wrote nothing for" : "it gave no answer for",
              deadlines_.first_token_max});
  }
  return next;
}

void ExchangeWatch::arm() {
  loop_.cancel(timer_);
  timer_ = TimerId::None;
  const Bound next = next_bound();
  if (next.when != kNever) timer_ = loop_.at(next.when, [this] { fire(); });
}

void ExchangeWatch::fire() {
  timer_ = TimerId::None;
  const Bound passed = next_bound();
  if (passed.when > loop_.now()) return arm();
  if (!passed.what.empty()) {
    const std::string what =
        passed.length == Duration::zero()
            ? std::string(passed.what)
            : fmt::format("{} {:g} s", passed.what,
                          std::chrono::duration<double>(passed.length).count());
    reason_.emplace(
        ExchangeFailure{.cause = passed.cause,
                        .error = Error(ErrorCode::Timeout, endpoint_message(endpoint_, what))});
  }
  source_.request_stop();
}

}  // namespace muai
