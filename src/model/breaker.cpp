#include "muai/model/breaker.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace muai {
namespace {

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

std::string_view to_string(BreakerPhase phase) {
  switch (phase) {
    case BreakerPhase::Closed: return "closed";
    case BreakerPhase::Open: return "open";
    case BreakerPhase::HalfOpen: return "half_open";
  }
  return "closed";
}

Breaker::Breaker(Loop& loop, std::string endpoint, BreakerOptions options)
    : loop_(loop), endpoint_(std::move(endpoint)), options_(options) {}

Result<Breaker::Admission> Breaker::admit() {
  if (!is_open_) return Admission(*this, Admission::Kind::Ordinary);
  const Duration left = open_until_ - loop_.now();
  if (left <= Duration::zero() && !is_probing_) {
    is_probing_ = true;
    return Admission(*this, Admission::Kind::Probe);
  }
  const std::string when = is_probing_ ? std::string("while one request tries it")
                                       : fmt::format("for {:.1f} s", seconds(left));
  Error error(ErrorCode::ModelUnavailable,
              fmt::format("{} is not asked {}, because {} requests in a row failed, the last with: "
                          "{}",
                          endpoint_, when, failures_, last_failure_));
  return std::unexpected(std::move(error).retry_after(std::max(seconds(left), 0.0)));
}

BreakerStatus Breaker::status() const {
  BreakerStatus status{.endpoint = endpoint_, .failures = failures_, .last_failure = last_failure_};
  if (!is_open_) return status;
  status.open_for_s = std::max(seconds(open_until_ - loop_.now()), 0.0);
  status.phase = status.open_for_s > 0 ? BreakerPhase::Open : BreakerPhase::HalfOpen;
  return status;
}

void Breaker::close() {
  is_open_ = false;
  failures_ = 0;
}

void Breaker::open(Duration length) {
  is_open_ = true;
  open_for_ = std::min(length, options_.open_for_max);
  open_until_ = loop_.now() + open_for_;
}

Breaker::Admission::Admission(Admission&& other) noexcept
    : breaker_(std::exchange(other.breaker_, nullptr)), kind_(other.kind_) {}

Breaker::Admission::~Admission() { end(); }

void Breaker::Admission::end() {
  if (breaker_ && kind_ == Kind::Probe) breaker_->is_probing_ = false;
  breaker_ = nullptr;
}

void Breaker::Admission::succeeded() {
  if (breaker_) breaker_->close();
  end();
}

void Breaker::Admission::failed(const Error& error) {
  if (breaker_) {
    Breaker& breaker = *breaker_;
    ++breaker.failures_;
    breaker.last_failure_ = error.message();
    if (kind_ == Kind::Probe) {
      breaker.open(breaker.open_for_ * 2);
    } else if (!breaker.is_open_ && breaker.failures_ >= breaker.options_.failures_max) {
      breaker.open(breaker.options_.open_for);
    }
  }
  end();
}

Breaker& BreakerTable::of(std::string_view endpoint) {
  const auto found = breakers_.find(endpoint);
  if (found != breakers_.end()) return *found->second;
  std::string name(endpoint);
  auto breaker = std::make_unique<Breaker>(loop_, name, options_);
  return *breakers_.emplace(std::move(name), std::move(breaker)).first->second;
}

std::vector<BreakerStatus> BreakerTable::status() const {
  std::vector<BreakerStatus> all;
  all.reserve(breakers_.size());
  for (const auto& [endpoint, breaker] : breakers_) all.push_back(breaker->status());
  return all;
}

}  // namespace muai
