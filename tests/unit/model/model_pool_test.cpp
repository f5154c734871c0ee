#include "muai/model/model_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "muai/async/when_all.h"
#include "muai/model/extractive_model.h"
#include "tests/support/simulated_model.h"

namespace muai {
namespace {

using namespace std::chrono_literals;
using muai::testing::SimulatedDevice;
using muai::testing::SimulatedModel;
using muai::testing::SimulatedPlan;
using muai::testing::SimulatedPool;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A call that notes what it is told.
struct Listener {
  std::vector<ModelEvent> events;
  Usage usage;
  std::string text;

  ModelCall call(std::stop_token stop = {}, TimePoint deadline = kNever) {
    ModelCall call;
    call.stop = std::move(stop);
    call.deadline = deadline;
    call.on_event = [this](ModelEvent event) { events.push_back(std::move(event)); };
    call.on_usage = [this](const Usage& used) { usage += used; };
    call.on_text = [this](std::string_view more) { text += more; };
    return call;
  }
  std::vector<std::string> kinds() const {
    std::vector<std::string> all;
    for (const ModelEvent& event : events)
      all.push_back(std::string(to_string(event.kind)) + " " + event.model);
    return all;
  }
};

// A call that goes on by itself and keeps its end.
template <class T>
struct Running {
  std::optional<Result<T>> result;
  StartedTask task;

  void begin(Task<Result<T>> what) {
    task = start(std::move(what),
                 [this](Outcome<Result<T>> outcome) { result.emplace(std::move(outcome).take()); });
  }
};

SimulatedPlan plan(std::string name, std::int64_t size_mb) {
  return {.name = std::move(name), .size_mb = size_mb};
}

// ---- Loading and use -----------------------------------------------------------------------

TEST(ModelPool, LoadsAtTheFirstCallAndKeepsTheModelForTheNext) {
  SimulatedPool sim({plan("a", 4'000)});
  EXPECT_EQ(sim.status("a").phase, ModelPhase::Unloaded);
  Listener first;
  ASSERT_TRUE(sim.ask({"a"}, first.call()));
  EXPECT_EQ(sim.status("a").phase, ModelPhase::Idle);
  EXPECT_THAT(first.kinds(), ElementsAre("load a"));
  EXPECT_THAT(first.events[0].reason, HasSubstr("first use"));
  EXPECT_EQ(first.usage.model_loads, 1);
  EXPECT_EQ(first.usage.vram_peak_mb, 4'000);
  Listener second;
  ASSERT_TRUE(sim.ask({"a"}, second.call()));
  EXPECT_TRUE(second.events.empty());
  EXPECT_EQ(second.usage.model_loads, 0);
  EXPECT_EQ(second.usage.vram_peak_mb, 4'000);
  EXPECT_EQ(sim.model("a").loads, 1);
}

TEST(ModelPool, HowManyEverAskOneLoadRuns) {
  SimulatedPool sim({plan("a", 4'000)});
  std::vector<Task<Result<Generation>>> calls;
  std::vector<Listener> listeners(5);
  for (Listener& listener : listeners)
    calls.push_back(sim.pool->generate({"a"}, {}, listener.call()));
  const auto all = sim.loop.run(when_all(sim.loop, std::move(calls))).value();
  std::int64_t loads = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_TRUE(all[i].has_value());
    EXPECT_EQ(listeners[i].text, "answer");
    loads += listeners[i].usage.model_loads;
  }
  EXPECT_EQ(sim.model("a").loads, 1);
  EXPECT_EQ(loads, 1) << "the loads of all calls are the loads that ran";
  EXPECT_EQ(sim.status("a").uses, 5);
}

TEST(ModelPool, WhoGivesUpDoesNotCancelTheLoadOfTheRest) {
  SimulatedPool sim({plan("a", 4'000)});
  std::stop_source stop;
  Listener first;
  Listener second;
  Running<Generation> gives_up;
  Running<Generation> stays;
  gives_up.begin(sim.pool->generate({"a"}, {}, first.call(stop.get_token())));
  stays.begin(sim.pool->generate({"a"}, {}, second.call()));
  sim.loop.run_for(1s);
  stop.request_stop();
  sim.loop.run_for(1ms);
  ASSERT_TRUE(gives_up.result);
  EXPECT_EQ(gives_up.result->error().code(), ErrorCode::Cancelled);
  sim.loop.run_for(10s);
  ASSERT_TRUE(stays.result);
  EXPECT_TRUE(stays.result->has_value());
  EXPECT_EQ(sim.model("a").loads, 1);
  EXPECT_EQ(second.usage.model_loads, 1);
}

TEST(ModelPool, ALoadThatNobodyWaitsForGoesOnSoThatBigModelsFinishAtLast) {
  SimulatedPool sim({plan("a", 4'000)});
  const Result<Generation> late = sim.ask({"a"}, Listener().call({}, sim.loop.now() + 2s));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), ErrorCode::Timeout);
  sim.loop.run_for(10s);
  EXPECT_EQ(sim.status("a").phase, ModelPhase::Idle);
  Listener next;
  ASSERT_TRUE(sim.ask({"a"}, next.call()));
  EXPECT_EQ(next.usage.model_loads, 1) << "the load is charged to whom it serves";
  EXPECT_THAT(next.kinds(), ElementsAre("load a"));
}

TEST(ModelPool, ServesInTheOrderOfAsking) {
  SimulatedPool sim({plan("a", 4'000)});
  std::vector<Running<Generation>> calls(4);
  std::vector<int> order;
  for (int i = 0; i < 4; ++i) {
    ModelCall call;
    call.on_text = [&order, i](std::string_view) { order.push_back(i); };
    calls[static_cast<std::size_t>(i)].begin(sim.pool->generate({"a"}, {}, call));
  }
  sim.loop.run_for(20s);
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 3));
}

TEST(ModelPool, RefusesWhatItsQueueDoesNotHold) {
  SimulatedPlan small = plan("a", 4'000);
  small.concurrency_max = 2;
  small.queue_max = 1;
  SimulatedPool sim({small});
  std::vector<Running<Generation>> calls(4);
  for (auto& call : calls) call.begin(sim.pool->generate({"a"}, {}, {}));
  ASSERT_TRUE(calls[3].result);
  EXPECT_EQ(calls[3].result->error().code(), ErrorCode::LimitExceeded);
  sim.loop.run_for(20s);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(calls[static_cast<std::size_t>(i)].result);
    EXPECT_TRUE(calls[static_cast<std::size_t>(i)].result->has_value());
  }
}

TEST(ModelPool, LeavesTheQueueAtItsDeadline) {
  SimulatedPool sim({plan("a", 4'000)});
  ASSERT_TRUE(sim.ask({"a"}));
  Running<Generation> first;
  Running<Generation> second;
  first.begin(sim.pool->generate({"a"}, {}, {}));
  second.begin(sim.pool->generate({"a"}, {}, Listener().call({}, sim.loop.now() + 500ms)));
  sim.loop.run_for(600ms);
  ASSERT_TRUE(second.result);
  EXPECT_EQ(second.result->error().code(), ErrorCode::Timeout);
  EXPECT_EQ(sim.status("a").waiting, 0);
  sim.loop.run_for(1s);
  EXPECT_TRUE(first.result && first.result->has_value());
}

TEST(ModelPool, NamesTheNearestModels) {
  SimulatedPool sim({plan("qwen", 1)});
  const auto unknown = sim.loop.run(sim.pool->acquire("qwem", {}));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code(), ErrorCode::NotFound);
  EXPECT_THAT(unknown.error().message(), HasSubstr("'qwen'"));
}

TEST(ModelPool, TwoModelsOfOneNameAreRefused) {
  SimLoop loop;
  Pool workers(loop, {.threads = 0});
  SimulatedDevice device;
  for (const char* name : {"a", "extractive"}) {
    std::vector<std::unique_ptr<Model>> models;
    models.push_back(std::make_unique<SimulatedModel>(loop, device, plan("a", 1)));
    models.push_back(std::make_unique<SimulatedModel>(loop, device, plan(name, 1)));
    const auto pool = ModelPool::create(workers, std::move(models), device.probe(), {});
    ASSERT_FALSE(pool);
    EXPECT_EQ(pool.error().code(), ErrorCode::InvalidConfig);
  }
}

// ---- Idle models ---------------------------------------------------------------------------

TEST(ModelPool, UnloadsWhatIsIdleForLongerThanTheResidency) {
  SimulatedPool sim({plan("a", 4'000)}, {.residency = 30s});
  ASSERT_TRUE(sim.ask({"a"}));
  sim.loop.run_for(30s);
  EXPECT_EQ(sim.status("a").phase, ModelPhase::Idle) << "not longer than the residency";
  sim.loop.run_for(1s);
  EXPECT_EQ(sim.status("a").phase, ModelPhase::Unloaded);
  EXPECT_EQ(sim.device.used, MemoryUse());
  EXPECT_EQ(sim.status("a").reserved, MemoryUse());
  EXPECT_EQ(sim.events.back().kind, ModelEventKind::Unload);
  EXPECT_THAT(sim.events.back().reason, HasSubstr("idle for 30 s"));
  Listener again;
  ASSERT_TRUE(sim.ask({"a"}, again.call()));
  EXPECT_THAT(again.events.at(0).reason, HasSubstr("again: idle for 30 s"));
}

TEST(ModelPool, KeepsNoTimerWhileNothingIsLoaded) {
  SimulatedPool sim({plan("a", 4'000)}, {.residency = 30s});
  EXPECT_EQ(sim.loop.run(), SimLoop::End::Idle);
  ASSERT_TRUE(sim.ask({"a"}));
  EXPECT_EQ(sim.loop.run(), SimLoop::End::Idle) << "the sweep ends with the last model";
  EXPECT_EQ(sim.status("a").phase, ModelPhase::Unloaded);
}

TEST(ModelPool, AModelInUseIsNeitherSweptNorEvicted) {
  SimulatedPool sim({plan("a", 16'000), plan("b", 16'000)}, {.residency = 5s, .room_wait = 20s});
  auto lease = std::make_optional(sim.loop.run(sim.pool->acquire("a", {})).value());
  sim.loop.run_for(60s);
  EXPECT_EQ(sim.status("a").phase, ModelPhase::Busy);
  Running<Generation> other;
  other.begin(sim.pool->generate({"b"}, {}, {}));
  sim.loop.run_for(10s);
  EXPECT_EQ(sim.status("a").phase, ModelPhase::Busy);
  EXPECT_FALSE(other.result);
  lease.reset();
  sim.loop.run_for(10s);
  ASSERT_TRUE(other.result);
  EXPECT_TRUE(other.result->has_value());
  EXPECT_EQ(sim.device.out_of_memory, 0);
  EXPECT_EQ(sim.device.unloads_in_use, 0);
}

TEST(ModelPool, UnloadWaitsForTheCallsAndNoLonger) {
  SimulatedPool sim({plan("a", 4'000)});
  Running<Generation> call;
  Running<Generation> later;
  Running<void> unload;
  ASSERT_TRUE(sim.ask({"a"}));
  call.begin(sim.pool->generate({"a"}, {}, {}));
  later.begin(sim.pool->generate({"a"}, {}, {}));
  unload.begin(sim.pool->unload("a", {}));
  sim.loop.run_for(1500ms);
  EXPECT_TRUE(call.result && call.result->has_value());
  ASSERT_TRUE(unload.result);
  EXPECT_TRUE(unload.result->has_value());
  sim.loop.run_for(20s);
  EXPECT_TRUE(later.result && later.result->has_value()) << "it loads the model anew";
  EXPECT_EQ(sim.model("a").loads, 2);
  const auto in_vain = sim.loop.run(sim.pool->unload("b", {}));
  EXPECT_EQ(in_vain.error().code(), ErrorCode::NotFound);
}

TEST(ModelPool, UnloadGivesUpAtItsDeadlineAndTheQueueGoesOn) {
  SimulatedPool sim({plan("a", 4'000)});
  auto lease = std::make_optional(sim.loop.run(sim.pool->acquire("a", {})).value());
  ModelCall soon;
  soon.deadline = sim.loop.now() + 1s;
  const auto unloaded = sim.loop.run(sim.pool->unload("a", soon));
  ASSERT_FALSE(unloaded);
  EXPECT_EQ(unloaded.error().code(), ErrorCode::Timeout);
  Running<Generation> next;
  next.begin(sim.pool->generate({"a"}, {}, {}));
  lease.reset();
  sim.loop.run_for(2s);
  EXPECT_TRUE(next.result && next.result->has_value());
  EXPECT_EQ(sim.model("a").loads, 1);
}

TEST(ModelPool, ADeadModelIsNoticedAndLoadedAnew) {
  SimulatedPool sim({plan("a", 4'000)});
  ASSERT_TRUE(sim.ask({"a"}));
  sim.model("a").die();
  Listener next;
  ASSERT_TRUE(sim.ask({"a"}, next.call()));
  EXPECT_THAT(next.kinds(), ElementsAre("unload a", "load a"));
  EXPECT_EQ(next.events[0].reason, "its process died");
  EXPECT_EQ(sim.device.used.vram_mb, 4'000);
}

TEST(ModelPool, WhatADeadModelHeldIsFreeForOthers) {
  SimulatedPool sim({plan("a", 16'000), plan("b", 16'000)});
  ASSERT_TRUE(sim.ask({"a"}));
  sim.model("a").die();
  ASSERT_TRUE(sim.ask({"b"}));
  EXPECT_EQ(sim.status("a").phase, ModelPhase::Unloaded);
  EXPECT_EQ(sim.status("a").reserved, MemoryUse());
}

// ---- Memory --------------------------------------------------------------------------------

TEST(ModelPool, EvictsTheIdleModelOfLeastWorthAndSaysWhy) {
  SimulatedPool sim({plan("a", 10'000), plan("b", 10'000), plan("c", 10'000)});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(sim.ask({"a"}));
  ASSERT_TRUE(sim.ask({"b"}));
  Listener third;
  ASSERT_TRUE(sim.ask({"c"}, third.call()));
  EXPECT_THAT(third.kinds(), ElementsAre("evict b", "load c"));
  EXPECT_THAT(third.events[0].reason, HasSubstr("room for 'c'"));
  EXPECT_EQ(sim.status("a").phase, ModelPhase::Idle);
  EXPECT_EQ(sim.device.out_of_memory, 0);
}

TEST(ModelPool, CountsMemoryFreeOnlyWhenTheProcessHasGone) {
  SimulatedPlan slow = plan("a", 16'000);
  slow.unload_time = 3s;
  SimulatedPool sim({slow, plan("b", 16'000)});
  ASSERT_TRUE(sim.ask({"a"}));
  Running<Generation> other;
  other.begin(sim.pool->generate({"b"}, {}, {}));
  sim.loop.run_for(2s);
  EXPECT_EQ(sim.status("a").phase, ModelPhase::Unloading);
  EXPECT_EQ(sim.status("a").reserved.vram_mb, 16'000);
  EXPECT_EQ(sim.model("b").loads, 0);
  sim.loop.run_for(10s);
  EXPECT_TRUE(other.result && other.result->has_value());
  EXPECT_EQ(sim.device.out_of_memory, 0);
}

TEST(ModelPool, ClimbsDownToASmallerFormThenToTheCpu) {
  SimulatedPlan big = plan("a", 30'000);
  big.supports_quant = true;
  SimulatedPool sim({big});
  Listener first;
  ASSERT_TRUE(sim.ask({"a"}, first.call()));
  EXPECT_THAT(first.kinds(), ElementsAre("fallback a", "load a"));
  EXPECT_THAT(first.events[0].reason, HasSubstr("gpu 8bit is tried"));
  EXPECT_EQ(sim.status("a").placement, (Placement{Device::Gpu, Quantization::Bits8}));
  SimulatedPool plain({plan("b", 30'000)});
  Listener second;
  ASSERT_TRUE(plain.ask({"b"}, second.call()));
  EXPECT_THAT(second.kinds(), ElementsAre("fallback b", "load b"));
  EXPECT_EQ(plain.status("b").placement, (Placement{Device::Cpu, Quantization::None}));
  EXPECT_EQ(plain.device.out_of_memory, 0) << "what cannot fit is never tried";
}

TEST(ModelPool, EndsInAClearFailureWithEveryReason) {
  SimulatedPlan giant = plan("a", 500'000);
  giant.supports_quant = true;
  SimulatedPool sim({giant});
  const auto failed = sim.ask({"a"});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), ErrorCode::OutOfMemory);
  for (const char* rung :
       {"gpu: ", "gpu 8bit: ", "gpu 4bit: ", "cpu: ", "cpu 8bit: ", "cpu 4bit: "})
    EXPECT_THAT(failed.error().message(), HasSubstr(rung));
  EXPECT_EQ(sim.status("a").phase, ModelPhase::Failed);
  EXPECT_EQ(sim.status("a").problem, failed.error().message());
}

TEST(ModelPool, LearnsWhatALoadReallyTakes) {
  SimulatedPlan modest = plan("a", 8'000);
  modest.taken_over_said = 1.5;
  SimulatedPool sim({modest, plan("b", 9'000)});
  ASSERT_TRUE(sim.ask({"b"}));
  ASSERT_TRUE(sim.ask({"a"}));
  EXPECT_EQ(sim.status("a").reserved.vram_mb, 12'000);
  EXPECT_EQ(sim.status("a").measured.vram_mb, 12'000);
  EXPECT_EQ(sim.status("b").phase, ModelPhase::Idle);
}

TEST(ModelPool, OutOfMemoryAgainstTheEstimateEvictsAndTriesOnceMore) {
  SimulatedPlan liar = plan("a", 8'000);
  liar.taken_over_said = 1.4;
  SimulatedPool sim({liar, plan("b", 14'000)});
  ASSERT_TRUE(sim.ask({"b"}));
  Listener listener;
  ASSERT_TRUE(sim.ask({"a"}, listener.call()));
  EXPECT_THAT(listener.kinds(), ElementsAre("fallback a", "evict b", "load a"));
  EXPECT_THAT(listener.events[0].reason, HasSubstr("cudaMalloc failed"));
  EXPECT_EQ(listener.usage.model_loads, 2);
  EXPECT_EQ(sim.status("a").placement.device, Device::Gpu);
}

TEST(ModelPool, GoesAgainWhenItOutgrowsTheBudget) {
  SimulatedPlan liar = plan("a", 8'000);
  liar.taken_over_said = 1.4;
  SimulatedPool sim({liar}, {.vram_budget_mb = 10'000});
  ASSERT_TRUE(sim.ask({"a"}));
  EXPECT_EQ(sim.status("a").placement.device, Device::Cpu);
  EXPECT_EQ(sim.device.used.vram_mb, 0);
  EXPECT_EQ(sim.events.at(0).kind, ModelEventKind::Fallback);
  EXPECT_THAT(sim.events.at(0).reason, HasSubstr("it took 11200 MB of VRAM"));
}

TEST(ModelPool, DoesNotCountOnWhatOtherProgramsHold) {
  SimulatedPool sim({plan("a", 10'000)}, {.room_wait = 2s}, {}, {.vram_foreign_mb = 16'000});
  ASSERT_TRUE(sim.ask({"a"}));
  EXPECT_EQ(sim.status("a").placement.device, Device::Cpu);
  EXPECT_EQ(sim.device.out_of_memory, 0);
}

TEST(ModelPool, WithoutAGpuEverythingRunsOnTheCpu) {
  SimulatedPool sim({plan("a", 10'000)}, {.vram_budget_mb = 24'000}, {}, {.vram_mb = 0});
  Listener listener;
  ASSERT_TRUE(sim.ask({"a"}, listener.call()));
  EXPECT_EQ(sim.status("a").placement.device, Device::Cpu);
  EXPECT_THAT(listener.kinds(), ElementsAre("load a"));
  EXPECT_EQ(listener.usage.vram_peak_mb, 0);
}

TEST(ModelPool, AClaimThatWaitsIsNotPassedForever) {
  SimulatedPool sim({plan("a", 16'000), plan("b", 16'000)}, {.room_wait = 20s});
  ASSERT_TRUE(sim.ask({"a"}));
  // A model that is never idle: two callers take turns at it.
  std::vector<Running<Generation>> crowd(40);
  for (auto& call : crowd) call.begin(sim.pool->generate({"a"}, {}, {}));
  Running<Generation> other;
  other.begin(sim.pool->generate({"b"}, {}, {}));
  sim.loop.run_for(12s);
  ASSERT_TRUE(other.result);
  EXPECT_TRUE(other.result->has_value());
  EXPECT_EQ(sim.status("b").placement.device, Device::Gpu);
  sim.loop.run_for(120s);
  for (auto& call : crowd) EXPECT_TRUE(call.result && call.result->has_value());
  EXPECT_EQ(sim.device.unloads_in_use, 0);
}

// ---- What is needed next -------------------------------------------------------------------

TEST(ModelPool, LoadsAheadWhatIsNeededNext) {
  SimulatedPool sim({plan("a", 4'000), plan("b", 4'000)});
  ASSERT_TRUE(sim.ask({"a"}));
  sim.pool->prefetch("b");
  sim.loop.run_for(5s);
  EXPECT_EQ(sim.status("b").phase, ModelPhase::Idle);
  EXPECT_EQ(sim.status("b").uses, 0);
  Listener next;
  const TimePoint asked = sim.loop.now();
  ASSERT_TRUE(sim.ask({"b"}, next.call()));
  EXPECT_EQ(sim.loop.now() - asked, 1s) << "only the answer takes time";
  EXPECT_EQ(next.usage.model_loads, 1);
  EXPECT_THAT(next.events.at(0).reason, HasSubstr("needed next"));
  sim.pool->prefetch("nobody");
}

TEST(ModelPool, WhatAStepNeedsItselfComesBeforeWhatTheNextOneNeeds) {
  SimulatedPool sim({plan("a", 16'000), plan("b", 16'000), plan("c", 4'000)});
  // The hints come first, as when a step begins.
  sim.pool->prefetch("b");
  sim.pool->prefetch("c");
  ASSERT_TRUE(sim.ask({"a"}));
  sim.loop.run_for(10s);
  EXPECT_EQ(sim.model("a").loads, 1);
  EXPECT_EQ(sim.model("b").loads, 0) << "there was no room beside the model in use";
  EXPECT_EQ(sim.status("c").phase, ModelPhase::Idle);
}

TEST(ModelPool, AHintEvictsNothingInUseAndNothingThatIsExpected) {
  SimulatedPool sim({plan("a", 16'000), plan("b", 16'000), plan("c", 16'000)});
  auto lease = std::make_optional(sim.loop.run(sim.pool->acquire("a", {})).value());
  sim.pool->prefetch("b");
  sim.loop.run_for(5s);
  EXPECT_EQ(sim.status("b").phase, ModelPhase::Unloaded);
  lease.reset();
  sim.pool->prefetch("b");
  sim.loop.run_for(5s);
  EXPECT_EQ(sim.status("b").phase, ModelPhase::Idle) << "an idle one goes";
  sim.pool->prefetch("c");
  sim.loop.run_for(5s);
  EXPECT_EQ(sim.status("b").phase, ModelPhase::Idle) << "an expected one stays";
  ASSERT_TRUE(sim.ask({"c"})) << "a call is no hint";
  EXPECT_EQ(sim.status("b").phase, ModelPhase::Unloaded);
}

// ---- Chains --------------------------------------------------------------------------------

TEST(ModelPool, FallsBackAlongTheChainAndTellsTheStory) {
  SimulatedPool sim({plan("a", 4'000), plan("b", 4'000)});
  sim.model("a").fail_loads = 1;
  Listener listener;
  const auto answer = sim.ask({"a", "b"}, listener.call());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->model, "b");
  EXPECT_THAT(listener.kinds(), ElementsAre("fallback a", "load b"));
  EXPECT_THAT(listener.events[0].reason, HasSubstr("bad weights"));
  EXPECT_THAT(listener.events[0].reason, HasSubstr("'b' is asked instead"));
  EXPECT_EQ(listener.usage.model_loads, 2) << "also the load that failed";
}

TEST(ModelPool, TokensOfFailedAttemptsCountAndTheAnswerKnowsItsOwn) {
  SimulatedPlan paid = plan("a", 4'000);
  paid.prices = {.prompt_micro_usd = 0.25, .completion_micro_usd = 2};
  SimulatedPlan other = paid;
  other.name = "b";
  SimulatedPool sim({paid, other});
  sim.model("a").fail_answers = 1;
  Listener listener;
  const auto answer = sim.ask({"a", "b"}, listener.call());
  ASSERT_TRUE(answer);
  EXPECT_EQ(listener.usage.prompt_tokens, 20);
  EXPECT_EQ(listener.usage.completion_tokens, 3);
  EXPECT_EQ(listener.usage.cost_micro_usd, 3 + 9) << "round(10 * 0.25), round(10 * 0.25 + 3 * 2)";
  EXPECT_EQ(answer->usage.prompt_tokens, 10);
  EXPECT_EQ(answer->usage.cost_micro_usd, 9);
  EXPECT_EQ(answer->usage.model_loads, 1);
}

TEST(ModelPool, NothingIsPassedOnAfterTheFirstText) {
  SimulatedPool sim({plan("a", 4'000), plan("b", 4'000)});
  sim.model("a").fail_answers = 2;
  sim.model("a").says_before_failing = true;
  Listener listener;
  const auto failed = sim.ask({"a", "b"}, listener.call());
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), ErrorCode::Upstream);
  EXPECT_EQ(listener.text, "first ");
  EXPECT_EQ(sim.model("b").loads, 0);
  EXPECT_TRUE(sim.ask({"a", "b"})) << "without on_text nothing was shown";
}

TEST(ModelPool, AModelThatDiesInMidAnswerIsReplacedByTheNext) {
  SimulatedPool sim({plan("a", 4'000), plan("b", 4'000)});
  Running<Generation> call;
  Listener listener;
  ModelCall quiet = listener.call();
  quiet.on_text = {};
  call.begin(sim.pool->generate({"a", "b"}, {}, quiet));
  sim.loop.run_for(4500ms);
  sim.model("a").die();
  sim.loop.run_for(10s);
  ASSERT_TRUE(call.result && call.result->has_value());
  EXPECT_EQ((*call.result)->model, "b");
  EXPECT_THAT(listener.kinds(), ElementsAre("load a", "fallback a", "load b"));
}

TEST(ModelPool, WhenAllFailEveryModelsReasonIsNamed) {
  SimulatedPool sim({plan("a", 4'000), plan("b", 4'000)});
  sim.model("a").fail_answers = 1;
  sim.model("b").path_problem = "no such file";
  const auto failed = sim.ask({"a", "b", "c", "extractive"});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), ErrorCode::ModelUnavailable);
  for (const char* part : {"a: nonsense", "b: no such file", "c: no model 'c'",
                           "extractive: extractive has no weights"})
    EXPECT_THAT(failed.error().message(), HasSubstr(part));
  EXPECT_EQ(sim.ask({}).error().code(), ErrorCode::InvalidInput);
  sim.model("a").fail_answers = 1;
  EXPECT_EQ(sim.ask({"a"}).error().code(), ErrorCode::Upstream) << "a chain of one: its own error";
}

TEST(ModelPool, ADeadlineEndsTheChain) {
  SimulatedPool sim({plan("a", 4'000), plan("b", 4'000)});
  Listener listener;
  const auto late = sim.ask({"a", "b"}, listener.call({}, sim.loop.now() + 1s));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), ErrorCode::Timeout);
  EXPECT_EQ(sim.model("b").loads, 0);
}

TEST(ModelPool, EmbedsWithOneModel) {
  SimulatedPool sim({plan("a", 4'000)});
  const auto vectors = sim.loop.run(sim.pool->embed("a", {"x", "y"}, {}));
  ASSERT_TRUE(vectors);
  EXPECT_EQ(vectors->size(), 2u);
}

// ---- The end -------------------------------------------------------------------------------

TEST(ModelPool, CloseUnloadsEverythingAndRefusesWhatComesLater) {
  SimulatedPool sim({plan("a", 4'000), plan("b", 4'000), plan("c", 4'000)});
  ASSERT_TRUE(sim.ask({"a"}));
  Running<Generation> loading;
  loading.begin(sim.pool->generate({"b"}, {}, {}));
  sim.loop.run_for(1s);
  ASSERT_TRUE(sim.loop.run(sim.pool->close()));
  ASSERT_TRUE(loading.result);
  EXPECT_EQ(loading.result->error().code(), ErrorCode::ModelUnavailable);
  EXPECT_EQ(sim.device.used, MemoryUse());
  EXPECT_EQ(sim.ask({"c"}).error().code(), ErrorCode::ModelUnavailable);
  EXPECT_EQ(sim.loop.run(), SimLoop::End::Idle);
}

TEST(ModelPool, CanBeDestroyedInTheMidstOfALoad) {
  SimulatedPool sim({plan("a", 16'000), plan("b", 16'000)});
  ASSERT_TRUE(sim.ask({"a"}));
  {
    Running<Generation> waiting;
    waiting.begin(sim.pool->generate({"b"}, {}, {}));
    sim.loop.run_for(1s);
  }
  sim.pool.reset();
  EXPECT_EQ(sim.loop.run(), SimLoop::End::Idle);
  EXPECT_EQ(sim.device.used, MemoryUse());
}

}  // namespace
}  // namespace muai
