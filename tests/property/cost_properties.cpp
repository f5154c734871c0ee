// Laws of what a run is said to have cost.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "engine/execution_record.h"
#include "muai/core/keys.h"
#include "muai/graph/step.h"

namespace muai {
namespace {

Workflow one_step() {
  const Step answer =
      step("answer", reads(keys::question), writes(keys::final_answer),
           [](const State& in) { return in.with(keys::final_answer, in[keys::question]); });
  return Workflow::make("w").given(keys::question).chain({answer}).build().value();
}

// Any attempt that an executor can record: it ends after it started and consumes nothing negative.
AttemptRecord attempt_after(TimePoint start) {
  AttemptRecord attempt;
  attempt.attempt = *rc::gen::inRange<std::uint32_t>(1, 5);
  attempt.end = *rc::gen::element(AttemptEnd::Succeeded, AttemptEnd::TimedOut);
  attempt.started = start + std::chrono::nanoseconds(*rc::gen::inRange<std::int64_t>(0, 1L << 40));
  attempt.ended =
      attempt.started + std::chrono::nanoseconds(*rc::gen::inRange<std::int64_t>(0, 1L << 45));
  if (*rc::gen::arbitrary<bool>()) return attempt;
  attempt.detail = std::make_unique<AttemptDetail>();
  attempt.detail->usage = {.model_loads = *rc::gen::inRange<std::int64_t>(0, 100),
                           .vram_peak_mb = *rc::gen::inRange<std::int64_t>(0, 1'000'000),
                           .prompt_tokens = *rc::gen::inRange<std::int64_t>(0, 1'000'000)};
  return attempt;
}

bool is_near(double value, double wanted) {
  return std::abs(value - wanted) <= 1e-9 * std::max(1.0, std::abs(wanted));
}

RC_GTEST_PROP(Cost, P13_CostsAreNonNegativeAndTheWeightedSum, ()) {
  RunResult result;
  result.record.workflow = one_step();
  result.record.started = TimePoint{std::chrono::seconds(1)};
  const auto attempts = *rc::gen::inRange<std::size_t>(0, 12);
  for (std::size_t i = 0; i < attempts; ++i)
    result.record.attempts.push_back(attempt_after(result.record.started));

  // Told from the attempts alone.
  double latency_ms = 0;
  std::int64_t vram_mb = 0;
  std::int64_t loads = 0;
  for (const AttemptRecord& attempt : result.record.attempts) {
    latency_ms += static_cast<double>((attempt.ended - attempt.started).count()) / 1e6;
    if (!attempt.detail) continue;
    vram_mb = std::max(vram_mb, attempt.detail->usage.vram_peak_mb);
    loads += attempt.detail->usage.model_loads;
  }

  const TraceRecord record = make_trace_record({.workflow = "w"}, "id", 12.5, result);
  std::map<std::string, double> costs(record.cost_stats.begin(), record.cost_stats.end());
  RC_ASSERT(costs.size() == 4U);
  for (const auto& [name, value] : costs) RC_ASSERT(value >= 0);
  RC_ASSERT(is_near(costs.at("latency_ms"), latency_ms));
  RC_ASSERT(is_near(costs.at("vram_peak_mb"), static_cast<double>(vram_mb)));
  RC_ASSERT(is_near(costs.at("model_loads"), static_cast<double>(loads)));
  RC_ASSERT(is_near(costs.at("normalized_cost"), 0.5 * latency_ms / 10'000 +
                                                     0.3 * static_cast<double>(vram_mb) / 4'000 +
                                                     0.2 * static_cast<double>(loads) / 5));
  // Steps say the same as their sum.
  double of_steps = 0;
  for (const StepRecord& step : record.steps) {
    RC_ASSERT(step.latency_ms >= 0);
    of_steps += step.latency_ms;
  }
  RC_ASSERT(is_near(of_steps, latency_ms));
}

}  // namespace
}  // namespace muai
