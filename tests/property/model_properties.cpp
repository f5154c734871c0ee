// Laws of the pool of models.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <list>
#include <set>
#include <string>
#include <vector>

#include "model/retention.h"
#include "muai/async/when_all.h"
#include "tests/support/simulated_model.h"

namespace muai {
namespace {

using namespace std::chrono_literals;
using muai::testing::SimulatedPlan;
using muai::testing::SimulatedPool;

rc::Gen<DevicePolicy> policy() {
  return rc::gen::element(DevicePolicy::GpuOnDemand, DevicePolicy::CpuOnly,
                          DevicePolicy::GpuResident);
}

Duration milliseconds(int count) { return std::chrono::milliseconds(count); }

ModelCall call_until(TimePoint deadline, std::stop_token stop = {}) {
  ModelCall call;
  call.deadline = deadline;
  call.stop = std::move(stop);
  return call;
}

// ---- P10 -----------------------------------------------------------------------------------

// Whatever becomes of a request - served, waiting for a load that others began, refused by a full
// queue, too late, stopped, failed - it counts once.
RC_GTEST_PROP(ModelPool, P10_EachLoadRequestAddsExactlyOneToTheUsageCounter, ()) {
  SimulatedPlan plan{.name = "a"};
  plan.queue_max = *rc::gen::inRange(0, 3);
  plan.concurrency_max = *rc::gen::inRange(1, 3);
  SimulatedPool sim({plan, {.name = "other"}});
  sim.model("a").fail_loads = *rc::gen::inRange(0, 3);
  sim.model("a").fail_answers = *rc::gen::inRange(0, 3);
  const int requests = *rc::gen::inRange(1, 12);
  std::vector<StartedTask> running;
  std::list<std::stop_source> stops;
  for (int i = 0; i < requests; ++i) {
    stops.emplace_back();
    const TimePoint deadline = *rc::gen::arbitrary<bool>()
                                   ? kNever
                                   : sim.loop.now() + milliseconds(*rc::gen::inRange(0, 6'000));
    ModelCall call = call_until(deadline, stops.back().get_token());
    if (*rc::gen::inRange(0, 4) == 0) stops.back().request_stop();
    if (*rc::gen::arbitrary<bool>()) {
      running.push_back(start(sim.pool->generate({"a"}, {}, std::move(call)),
                              [](const Outcome<Result<Generation>>&) {}));
    } else {
      running.push_back(start(sim.pool->acquire("a", std::move(call)),
                              [](const Outcome<Result<ModelPool::Lease>>&) {}));
    }
    RC_ASSERT(sim.status("a").uses == i + 1);
    sim.loop.run_for(milliseconds(*rc::gen::inRange(0, 2'000)));
  }
  sim.pool->prefetch("a");  // no request
  sim.loop.run();
  RC_ASSERT(sim.status("a").uses == requests);
  RC_ASSERT(sim.status("other").uses == 0);
}

// ---- P11 -----------------------------------------------------------------------------------

RC_GTEST_PROP(ModelPool, P11_AModelIdleForLongerThanTheResidencyIsUnloadedAndNoOther, ()) {
  const Duration residency = milliseconds(*rc::gen::inRange(0, 60'000));
  RC_ASSERT(!is_beyond_residency(residency, residency));
  RC_ASSERT(is_beyond_residency(residency + Duration(1), residency));
  SimulatedPool sim({{.name = "a", .size_mb = 1'000}, {.name = "b", .size_mb = 1'000}},
                    {.residency = residency});
  // Of two models used at different times each goes at its own.
  RC_ASSERT(sim.ask({"a"}).has_value());
  const TimePoint a_used = sim.loop.now();
  sim.loop.run_for(milliseconds(*rc::gen::inRange(0, 30'000)));
  RC_ASSERT(sim.ask({"b"}).has_value());
  const TimePoint b_used = sim.loop.now();
  // "a" may have gone and come again in between: it did not, nobody asked for it.
  const auto phase_at = [&](TimePoint when, const char* name) {
    if (when > sim.loop.now()) sim.loop.run_for(when - sim.loop.now());
    return sim.status(name).phase;
  };
  const bool a_waits = a_used + residency >= b_used;
  if (a_waits) RC_ASSERT(phase_at(a_used + residency, "a") == ModelPhase::Idle);
  RC_ASSERT(phase_at(a_used + residency + 200ms, "a") == ModelPhase::Unloaded);
  if (b_used + residency >= sim.loop.now())
    RC_ASSERT(phase_at(b_used + residency, "b") == ModelPhase::Idle);
  RC_ASSERT(phase_at(b_used + residency + 200ms, "b") == ModelPhase::Unloaded);
  RC_ASSERT(sim.device.used == MemoryUse());
}

// ---- P12 -----------------------------------------------------------------------------------

RetentionFacts facts() {
  return {.uses = *rc::gen::inRange<std::int64_t>(0, 10'000),
          .idle_s = *rc::gen::inRange(0, 100'000) / 7.0,
          .reload_s = *rc::gen::inRange(0, 6'000) / 13.0,
          .size_mb = *rc::gen::inRange<std::int64_t>(0, 100'000),
          .policy = *policy(),
          .expectation = *rc::gen::element(Expectation::None, Expectation::NeededNext)};
}

RC_GTEST_PROP(ModelPool, P12_RetentionPriorityFollowsRecencyFrequencyCostAndPolicy, ()) {
  const RetentionFacts before = facts();
  const double priority = retention_priority(before);
  RC_ASSERT(priority >= 0);
  RetentionFacts recent = before;
  recent.idle_s *= *rc::gen::inRange(0, 100) / 100.0;
  RC_ASSERT(retention_priority(recent) >= priority);
  RetentionFacts frequent = before;
  frequent.uses += *rc::gen::inRange<std::int64_t>(1, 1'000);
  RC_ASSERT(retention_priority(frequent) >= priority);
  RetentionFacts costly = before;
  costly.reload_s += *rc::gen::inRange(0, 1'000) / 9.0;
  RC_ASSERT(retention_priority(costly) >= priority);
  RetentionFacts expected = before;
  expected.expectation = Expectation::NeededNext;
  RC_ASSERT(retention_priority(expected) >= priority);
  // All else equal, and worth anything at all: resident over on demand over CPU only.
  const auto with = [&before](DevicePolicy one) {
    RetentionFacts same = before;
    same.policy = one;
    return retention_priority(same);
  };
  RC_PRE(before.reload_s > 0);
  RC_ASSERT(with(DevicePolicy::GpuResident) > with(DevicePolicy::GpuOnDemand));
  RC_ASSERT(with(DevicePolicy::GpuOnDemand) > with(DevicePolicy::CpuOnly));
}

RC_GTEST_PROP(ModelPool, NoVictimOutranksAKeptModelAndTheLastOneIsNeeded, ()) {
  const auto count = *rc::gen::inRange<std::size_t>(0, 12);
  std::vector<Evictable> idle;
  std::int64_t freeable = 0;
  for (std::size_t model = 0; model < count; ++model) {
    const auto size = *rc::gen::inRange<std::int64_t>(1, 16'000);
    idle.push_back(
        {.model = model, .priority = *rc::gen::inRange(0, 20) / 3.0, .frees = {.vram_mb = size}});
    freeable += size;
  }
  const auto wanted = *rc::gen::inRange<std::int64_t>(1, 60'000);
  const std::vector<std::size_t> victims = choose_victims(idle, {.vram_mb = wanted});
  if (freeable < wanted) {
    RC_ASSERT(victims.empty());
    return;
  }
  const std::set<std::size_t> gone(victims.begin(), victims.end());
  RC_ASSERT(gone.size() == victims.size());
  std::int64_t freed = 0;
  double highest_gone = -1;
  double lowest_kept = 1e9;
  for (const Evictable& one : idle) {
    if (gone.contains(one.model)) {
      freed += one.frees.vram_mb;
      highest_gone = std::max(highest_gone, one.priority);
    } else {
      lowest_kept = std::min(lowest_kept, one.priority);
    }
  }
  RC_ASSERT(freed >= wanted);
  RC_ASSERT(highest_gone <= lowest_kept);
  RC_ASSERT(freed - idle[victims.back()].frees.vram_mb < wanted);
}

// In a pool at work: whenever something is evicted, everything idle that stays ranks as high.
RC_GTEST_PROP(ModelPool, ThePoolEvictsNothingThatOutranksWhatItKeeps, ()) {
  std::vector<SimulatedPlan> plans;
  for (int i = 0; i < 6; ++i) {
    plans.push_back(
        {.name = std::string(1, static_cast<char>('a' + i)),
         .size_mb = *rc::gen::inRange<std::int64_t>(2'000, 14'000),
         .load_time = milliseconds(*rc::gen::inRange(500, 9'000)),
         .policy = *rc::gen::element(DevicePolicy::GpuOnDemand, DevicePolicy::GpuResident)});
  }
  SimulatedPool sim(plans, {.residency = 10min});
  for (int request = 0; request < 15; ++request) {
    sim.loop.run_for(milliseconds(*rc::gen::inRange(0, 20'000)));
    const std::string name(1, static_cast<char>('a' + *rc::gen::inRange(0, 6)));
    std::vector<ModelStatus> before;
    ModelCall call;
    call.on_event = [&](const ModelEvent& event) {
      if (event.kind == ModelEventKind::Evict && before.empty()) before = sim.pool->status();
    };
    const std::size_t events_before = sim.events.size();
    RC_ASSERT(sim.ask({name}, std::move(call)).has_value());
    std::set<std::string> gone;
    for (std::size_t i = events_before; i < sim.events.size(); ++i)
      if (sim.events[i].kind == ModelEventKind::Evict) gone.insert(sim.events[i].model);
    // Taken at the first eviction, when the victims of the same choice are not unloading yet.
    double highest_gone = -1;
    double lowest_kept = 1e9;
    for (const ModelStatus& one : before) {
      if (one.phase != ModelPhase::Idle || one.reserved == MemoryUse()) continue;
      if (gone.contains(one.name)) {
        highest_gone = std::max(highest_gone, one.priority);
      } else {
        lowest_kept = std::min(lowest_kept, one.priority);
      }
    }
    RC_ASSERT(highest_gone <= lowest_kept);
  }
  RC_ASSERT(sim.device.out_of_memory == 0);
}

// ---- Schedules -----------------------------------------------------------------------------

// One caller: what it was given, and whether it was answered at all.
struct Caller {
  std::stop_source stop;
  StartedTask task;
  bool is_answered = false;
  std::optional<ModelPool::Lease> lease;

  template <class T>
  void begin(Task<Result<T>> work) {
    task = start(std::move(work), [this](Outcome<Result<T>> outcome) {
      is_answered = true;
      Result<T> result = std::move(outcome).take();
      if constexpr (std::is_same_v<T, ModelPool::Lease>) {
        if (result) lease.emplace(*std::move(result));
      }
    });
  }
};

std::string letter(int number) { return std::string(1, static_cast<char>('a' + number)); }

std::vector<SimulatedPlan> any_models(int count) {
  std::vector<SimulatedPlan> plans;
  for (int i = 0; i < count; ++i) {
    plans.push_back({.name = letter(i),
                     .size_mb = *rc::gen::inRange<std::int64_t>(2'000, 16'000),
                     .load_time = milliseconds(*rc::gen::inRange(0, 9'000)),
                     .unload_time = milliseconds(*rc::gen::inRange(0, 900)),
                     .answer_time = milliseconds(*rc::gen::inRange(0, 4'000)),
                     .taken_over_said = *rc::gen::element(1.0, 1.0, 0.8, 1.1),
                     .policy = *policy(),
                     .supports_quant = *rc::gen::arbitrary<bool>(),
                     .concurrency_max = *rc::gen::inRange(1, 4),
                     .queue_max = *rc::gen::inRange(1, 6)});
  }
  return plans;
}

// Callers who come, wait, give up and leave, and models that fail and die under them.
class Crowd {
 public:
  static constexpr int kModels = 7;

  Crowd(SimulatedPool& sim, std::int64_t vram_budget_mb)
      : sim_(sim), vram_budget_mb_(vram_budget_mb) {}

  void act() {
    const std::string name = letter(*rc::gen::inRange(0, kModels));
    switch (*rc::gen::inRange(0, 12)) {
      case 0: return stop_one();
      case 1: return kill(name);
      case 2: return fail(name);
      case 3: return sim_.pool->prefetch(name);
      case 4: return callers_.emplace_back().begin(sim_.pool->unload(name, call(5s)));
      case 5:
      case 6: return callers_.emplace_back().begin(sim_.pool->acquire(name, any_call()));
      default:
        callers_.emplace_back().begin(
            sim_.pool->generate({name, letter(*rc::gen::inRange(0, kModels))}, {}, any_call()));
    }
  }

  // The ledger's promise, at any time.
  void check() const {
    std::int64_t vram_mb = 0;
    for (const ModelStatus& one : sim_.pool->status()) {
      vram_mb += one.reserved.vram_mb;
      RC_ASSERT(one.active >= 0);
      RC_ASSERT(one.reserved.vram_mb >= 0);
    }
    RC_ASSERT(vram_mb <= vram_budget_mb_);
  }

  void leave_some() {
    for (Caller& caller : callers_)
      if (caller.lease && *rc::gen::arbitrary<bool>()) caller.lease.reset();
  }
  void leave_all() {
    for (Caller& caller : callers_) caller.lease.reset();
  }
  bool all_answered() const {
    return std::all_of(callers_.begin(), callers_.end(),
                       [](const Caller& caller) { return caller.is_answered; });
  }

 private:
  ModelCall call(Duration patience) {
    return call_until(sim_.loop.now() + patience, stops_.emplace_back().get_token());
  }
  ModelCall any_call() {
    ModelCall one = call(milliseconds(*rc::gen::inRange(1, 20'000)));
    if (*rc::gen::arbitrary<bool>()) one.deadline = kNever;
    return one;
  }
  void stop_one() {
    if (stops_.empty()) return;
    std::next(stops_.begin(), *rc::gen::inRange<int>(0, static_cast<int>(stops_.size())))
        ->request_stop();
  }
  void kill(const std::string& name) {
    if (sim_.model(name).is_loaded()) sim_.model(name).die();
  }
  void fail(const std::string& name) {
    sim_.model(name).fail_loads = 1;
    sim_.model(name).fail_answers = 1;
  }

  SimulatedPool& sim_;
  std::int64_t vram_budget_mb_;
  std::list<std::stop_source> stops_;
  std::list<Caller> callers_;
};

// Random requests, stops, deadlines, deaths, failures and hints on a device of 24 GB, in any order
// of ready callbacks.
RC_GTEST_PROP(ModelPool, WhateverHappensTheLedgerHoldsAndNobodyIsForgotten, ()) {
  const auto seed = *rc::gen::inRange<std::uint64_t>(1, 1'000'000'000);
  SimulatedPool sim(any_models(Crowd::kModels),
                    {.residency = milliseconds(*rc::gen::inRange(0, 20'000)),
                     .room_wait = milliseconds(*rc::gen::inRange(0, 8'000))},
                    {.seed = seed, .order = SimOptions::Order::Shuffled});
  Crowd crowd(sim, 24'000 - 24'000 / 20 - 512);
  for (int turn = 0; turn < 60; ++turn) {
    crowd.act();
    sim.loop.run_for(milliseconds(*rc::gen::inRange(0, 3'000)));
    crowd.check();
    crowd.leave_some();
  }
  for (int hour = 0; hour < 24 * 60; ++hour) {
    crowd.leave_all();
    crowd.check();
    if (sim.loop.run_for(1min) == SimLoop::End::Idle && crowd.all_answered()) break;
  }
  RC_ASSERT(crowd.all_answered());
  RC_ASSERT(sim.device.unloads_in_use == 0);
  RC_ASSERT(sim.device.used == MemoryUse());
  for (const ModelStatus& one : sim.pool->status()) {
    RC_ASSERT(one.active == 0);
    RC_ASSERT(one.waiting == 0);
    RC_ASSERT(one.reserved == MemoryUse());
  }
}

// ---- Usage ---------------------------------------------------------------------------------

RC_GTEST_PROP(ModelPool, TheLoadsOfAllCallsAreTheLoadsThatRan, ()) {
  SimulatedPool sim({{.name = "a", .size_mb = 10'000}, {.name = "b", .size_mb = 14'000}},
                    {.residency = 5s});
  Usage usage;
  std::vector<StartedTask> running;
  const int requests = *rc::gen::inRange(1, 20);
  for (int i = 0; i < requests; ++i) {
    sim.loop.run_for(milliseconds(*rc::gen::inRange(0, 5'000)));
    if (*rc::gen::inRange(0, 4) == 0) sim.model("a").fail_loads = 1;
    ModelCall call;
    call.on_usage = [&usage](const Usage& used) { usage += used; };
    std::vector<std::string> chain{*rc::gen::element<std::string>("a", "b")};
    running.push_back(start(sim.pool->generate(std::move(chain), {}, std::move(call)),
                            [](const Outcome<Result<Generation>>&) {}));
  }
  sim.loop.run();
  RC_ASSERT(usage.model_loads == sim.device.loads);
  RC_ASSERT(usage.model_loads == sim.status("a").loads + sim.status("b").loads);
}

}  // namespace
}  // namespace muai
