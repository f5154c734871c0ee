#pragma once

// A circuit breaker: an endpoint that keeps failing is left alone for a while, so that a request
// goes to the next model at once instead of waiting for the same failure.
//
// Closed: everything passes. After `failures_max` failures in a row it is open: nothing passes
// until `open_for` is over. Then it is half-open: one request passes as a probe; its success closes
// the breaker, its failure opens it again for twice the time, at most `open_for_max`. Only failures
// that tell of the endpoint's health count (src/model/retry.h decides); a request that it
// understood and refused counts as a success.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "muai/async/loop.h"
#include "muai/core/result.h"

namespace muai {

struct BreakerOptions {
  int failures_max = 5;
  Duration open_for = std::chrono::seconds(15);
  Duration open_for_max = std::chrono::minutes(5);
};

enum class BreakerPhase : std::uint8_t { Closed, Open, HalfOpen };

// "closed", "open", "half_open".
std::string_view to_string(BreakerPhase phase);

// One endpoint as it stands.
struct BreakerStatus {
  std::string endpoint;  // as given to `BreakerTable::of`
  BreakerPhase phase = BreakerPhase::Closed;
  int failures = 0;          // in a row
  double open_for_s = 0;     // seconds until a probe may pass; 0 unless open
  std::string last_failure;  // message of the last failure; empty before the first
};

// The breaker of one endpoint. Loop thread only; the loop outlives it.
class Breaker {
 public:
  // A request that was let through. Exactly one of `succeeded` and `failed` is told; one destroyed
  // untold (the caller gave up) says nothing about the endpoint. Must not outlive its breaker.
  class [[nodiscard]] Admission {
   public:
    Admission(Admission&& other) noexcept;
    Admission& operator=(Admission&&) = delete;
    ~Admission();

    void succeeded();
    void failed(const Error& error);

   private:
    friend class Breaker;
    enum class Kind : std::uint8_t { Ordinary, Probe };
    Admission(Breaker& breaker, Kind kind) : breaker_(&breaker), kind_(kind) {}
    void end();

    Breaker* breaker_;  // null once told, and when moved from
    Kind kind_;
  };

  Breaker(Loop& loop, std::string endpoint, BreakerOptions options);
  Breaker(const Breaker&) = delete;
  Breaker& operator=(const Breaker&) = delete;

  // ModelUnavailable while it is open, saying for how long, and why; retry_after is set.
  Result<Admission> admit();

  BreakerStatus status() const;

 private:
  void close();
  void open(Duration length);

  Loop& loop_;
  std::string endpoint_;
  BreakerOptions options_;
  int failures_ = 0;
  bool is_open_ = false;
  bool is_probing_ = false;
  Duration open_for_{};
  TimePoint open_until_{};
  std::string last_failure_;
};

// The breakers of all endpoints, one for each base URL however many models it serves. Loop thread
// only; outlives the models that use it.
class BreakerTable {
 public:
  explicit BreakerTable(Loop& loop, BreakerOptions options = {}) : loop_(loop), options_(options) {}

  // The same breaker for the same text; valid as long as the table.
  Breaker& of(std::string_view endpoint);

  // By endpoint.
  std::vector<BreakerStatus> status() const;

 private:
  Loop& loop_;
  BreakerOptions options_;
  std::map<std::string, std::unique_ptr<Breaker>, std::less<>> breakers_;
};

}  // namespace muai
