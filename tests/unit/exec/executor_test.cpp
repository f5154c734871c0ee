#include "muai/exec/executor.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "muai/async/asio_loop.h"
#include "muai/async/pool.h"
#include "muai/async/sim_loop.h"
#include "muai/async/sleep.h"
#include "muai/core/keys.h"
#include "muai/graph/workflow.h"

namespace muai {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

constexpr Key<std::string> question{"question"};
constexpr Key<std::string> final_answer{"final_answer"};
constexpr Key<Words> words{"exec_test_words", MergeRule::Append};
constexpr Key<std::int64_t> number{"exec_test_number"};
constexpr Key<std::string> left{"exec_test_left"};
constexpr Key<std::string> right{"exec_test_right"};

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// A loop in virtual time, with an executor on it.
struct World {
  SimLoop loop;
  Pool pool{loop, {.threads = 0}};
  Registry<Workflow> workflows{"workflow"};
  Executor executor{loop, pool, &workflows};

  RunResult run(const Workflow& workflow, State given, RunOptions options = {}) {
    return loop.run(executor.run(workflow, std::move(given), std::move(options))).value();
  }
};

Task<Result<State>> sleep_then(Runtime& runtime, Duration time, State out) {
  const Result<void> slept = co_await sleep_for(runtime.loop(), time, runtime.stop_token());
  if (!slept) co_return std::unexpected(slept.error());
  co_return out;
}

// Adds its name to `words` after waiting.
Step say(const std::string& name, Duration wait = 0ms) {
  return step(name, reads(words), writes(words),
              [name, wait](State in, Runtime& runtime) -> Task<Result<State>> {
                Words said = in[words];
                said.push_back(name);
                State out = in.with(words, said);
                return sleep_then(runtime, wait, std::move(out));
              });
}

Step failing(const std::string& name, Duration wait, ErrorCode code) {
  return step(name, repeatable(), [wait, code](State in, Runtime& runtime) -> Task<Result<State>> {
    const Result<State> slept = co_await sleep_then(runtime, wait, std::move(in));
    if (!slept) co_return std::unexpected(slept.error());
    co_return fail(code, "it broke");
  });
}

State no_words() { return State().with(words, {}); }

Workflow fan(const std::vector<Step>& branches) {
  WorkflowBuilder builder = Workflow::make("fan");
  builder.given(words);
  Parallel out;
  for (const Step& branch : branches) out.to.push_back(branch.name());
  builder.node("fork", step("fork", [](const State& in) { return in; }), out);
  for (const Step& branch : branches) builder.node(branch.name(), branch, next("join"));
  builder.node("join", step("join", [](const State& in) { return in; }), end());
  return builder.build().value();
}

std::vector<std::string> steps_of(const RunResult& result) {
  std::vector<std::string> names;
  for (const StepRecord& record : step_records(result.record)) names.push_back(record.step_name);
  return names;
}

TEST(Executor, RunsTheSampleOfTheDesign) {
  World world;
  Step shout = step("shout", reads(question), writes(final_answer),
                    [](const State& in) { return in.with(final_answer, upper(in[question])); });
  Workflow loud = Workflow::make("loud").given(question).chain({shout}).build().value();
  const RunResult result = world.run(loud, State().with(question, "who?"));
  ASSERT_TRUE(result.status) << result.status.error().to_string();
  EXPECT_EQ(result.state[final_answer], "WHO?");
  EXPECT_EQ(result.state[question], "who?");
}

TEST(Executor, RunsAChainInItsOrder) {
  World world;
  const Workflow chain = Workflow::make("chain")
                             .given(words)
                             .chain({say("a"), say("b", 5ms), say("c")})
                             .build()
                             .value();
  const RunResult result = world.run(chain, no_words());
  ASSERT_TRUE(result.status) << result.status.error().to_string();
  EXPECT_EQ(result.state[words], (Words{"a", "b", "c"}));
  EXPECT_EQ(steps_of(result), (Words{"a", "b", "c"}));
  EXPECT_EQ(result.record.wall(), 5ms);
}

TEST(Executor, NothingRunsBeforeTheTaskIsAwaited) {
  World world;
  bool ran = false;
  const Workflow once = Workflow::make("once")
                            .chain({step("a",
                                         [&ran](const State& in) {
                                           ran = true;
                                           return in;
                                         })})
                            .build()
                            .value();
  Task<RunResult> task = world.executor.run(once, {});
  EXPECT_FALSE(ran);
  EXPECT_TRUE(world.loop.run(std::move(task)).value().status);
  EXPECT_TRUE(ran);
}

TEST(Executor, MergesBranchesInEdgeOrderWhateverTheirTiming) {
  World world;
  const RunResult slow_first = world.run(fan({say("a", 9ms), say("b", 1ms)}), no_words());
  const RunResult slow_last = world.run(fan({say("a", 1ms), say("b", 9ms)}), no_words());
  ASSERT_TRUE(slow_first.status) << slow_first.status.error().to_string();
  EXPECT_EQ(slow_first.state[words], (Words{"a", "b"}));
  EXPECT_EQ(slow_last.state[words], (Words{"a", "b"}));
  EXPECT_EQ(slow_first.record.wall(), 9ms);
}

TEST(Executor, TakesExactlyOneArmOfABranch) {
  World world;
  const auto write = [](const Key<std::string>& key) {
    return step(std::string(key.name()), writes(key),
                [&key](const State& in) { return in.with(key, "set"); });
  };
  const Workflow fork = Workflow::make("fork")
                            .given(number)
                            .node("start", step("start", [](const State& in) { return in; }),
                                  branch({when(equals(number, 1), "left"), otherwise("right")}))
                            .node("left", write(left), end())
                            .node("right", write(right), end())
                            .build()
                            .value();
  EXPECT_TRUE(world.run(fork, State().with(number, 1)).state.has(left));
  const RunResult other = world.run(fork, State().with(number, 2));
  EXPECT_TRUE(other.state.has(right));
  EXPECT_FALSE(other.state.has(left));
}

TEST(Executor, NamesAMissingGivenKeyBeforeAnyStep) {
  World world;
  const Workflow chain = Workflow::make("chain").given(words).chain({say("a")}).build().value();
  const RunResult result = world.run(chain, {});
  ASSERT_FALSE(result.status);
  EXPECT_EQ(result.status.error().code(), ErrorCode::Contract);
  EXPECT_NE(result.status.error().message().find("exec_test_words"), std::string::npos);
  EXPECT_TRUE(result.record.attempts.empty());
}

TEST(Executor, RefusesAnUndeclaredWrite) {
  World world;
  const Step sly = step("sly", [](const State& in) { return in.with(number, 7); });
  const Workflow flow = Workflow::make("flow").chain({sly}).build().value();
  const RunResult result = world.run(flow, {});
  ASSERT_FALSE(result.status);
  EXPECT_EQ(result.status.error().code(), ErrorCode::Contract);
  EXPECT_EQ(result.status.error().path(), (Words{"flow", "sly", "sly", "1"}));
  EXPECT_NE(result.status.error().message().find("exec_test_number"), std::string::npos);
  EXPECT_FALSE(result.state.has(number));
}

TEST(Executor, RefusesASuccessWithoutADeclaredOutput) {
  World world;
  const Step lazy = step("lazy", writes(number), [](const State& in) { return in; });
  const Workflow flow = Workflow::make("flow").chain({lazy}).build().value();
  // Set by the caller is not set by the step.
  const RunResult result = world.run(flow, State().with(number, 7));
  ASSERT_FALSE(result.status);
  EXPECT_EQ(result.status.error().code(), ErrorCode::Contract);
  EXPECT_NE(result.status.error().message().find("exec_test_number"), std::string::npos);
}

TEST(Executor, KeepsAKeyThatAStepDrops) {
  World world;
  const Step drop = step("drop", writes(number),
                         [](const State& in) { return in.without(question.id()).with(number, 1); });
  const Workflow flow = Workflow::make("flow").given(question).chain({drop}).build().value();
  const RunResult result = world.run(flow, State().with(question, "still?"));
  ASSERT_TRUE(result.status);
  EXPECT_EQ(result.state[question], "still?");
  EXPECT_EQ(result.state[number], 1);
}

TEST(Executor, TurnsAnExceptionIntoAnErrorWithItsType) {
  World world;
  const Step thrower = step("thrower", [](const State& in) -> State {
    if (in.empty()) throw std::out_of_range("no such page");
    return in;
  });
  const RunResult result = world.run(Workflow::make("flow").chain({thrower}).build().value(), {});
  ASSERT_FALSE(result.status);
  EXPECT_EQ(result.status.error().code(), ErrorCode::StepFailed);
  EXPECT_EQ(result.status.error().exception_type(), "std::out_of_range");
  EXPECT_NE(result.status.error().message().find("no such page"), std::string::npos);
}

TEST(Executor, TurnsAnExceptionOfAWaitingStepIntoAnError) {
  World world;
  const Step thrower = step("thrower", [](State in, Runtime& runtime) -> Task<Result<State>> {
    const Result<State> slept = co_await sleep_then(runtime, 3ms, in);
    if (slept) throw std::runtime_error("late");
    co_return in;
  });
  const RunResult result = world.run(Workflow::make("flow").chain({thrower}).build().value(), {});
  ASSERT_FALSE(result.status);
  EXPECT_EQ(result.status.error().exception_type(), "std::runtime_error");
}

TEST(Executor, TurnsAReadOfAnAbsentKeyIntoItsOwnError) {
  World world;
  const Step reader = step("reader", may_read(number), writes(left), [](const State& in) {
    return in.with(left, std::to_string(in[number]));
  });
  const RunResult result = world.run(Workflow::make("flow").chain({reader}).build().value(), {});
  ASSERT_FALSE(result.status);
  EXPECT_NE(result.status.error().message().find("exec_test_number"), std::string::npos);
  EXPECT_TRUE(result.status.error().exception_type().empty());
}

TEST(Executor, TheFirstFailureCancelsAndJoinsTheOthers) {
  World world;
  const RunResult result =
      world.run(fan({say("slow", 1h), failing("bad", 2ms, ErrorCode::Network)}), no_words());
  ASSERT_FALSE(result.status);
  EXPECT_EQ(result.status.error().path(), (Words{"fan", "bad", "bad", "1"}));
  EXPECT_EQ(result.record.wall(), 2ms);
  ASSERT_EQ(result.record.attempts.size(), 3U);
  EXPECT_EQ(result.record.attempts[1].end, AttemptEnd::Cancelled);
  EXPECT_EQ(result.record.attempts[2].end, AttemptEnd::Failed);
  EXPECT_EQ(result.state, no_words());
}

TEST(Executor, RetriesARepeatableStepFromItsInput) {
  World world;
  int calls = 0;
  const Step flaky = step("flaky", reads(words), writes(words), repeatable(),
                          [&calls](const State& in) -> Result<State> {
                            if (++calls < 3) return fail(ErrorCode::Network, "again");
                            Words said = in[words];
                            said.push_back("done");
                            return in.with(words, said);
                          });
  const Workflow flow = Workflow::make("flow")
                            .given(words)
                            .node("flaky", flaky, end(), {.retry = {.retries = 4, .backoff = 10ms}})
                            .build()
                            .value();
  const RunResult result = world.run(flow, no_words());
  ASSERT_TRUE(result.status) << result.status.error().to_string();
  EXPECT_EQ(result.state[words], Words{"done"});
  EXPECT_EQ(result.record.attempts.size(), 3U);
  EXPECT_EQ(result.record.retries(), 2);
  // Two waits, each between half and whole of 10 ms and 20 ms.
  EXPECT_GE(result.record.wall(), 15ms);
  EXPECT_LE(result.record.wall(), 30ms);
}

TEST(Executor, RetriesOnlyErrorsThatMayPass) {
  World world;
  const Workflow flow =
      Workflow::make("flow")
          .node("bad", failing("bad", 1ms, ErrorCode::Refused), end(), {.retry = {.retries = 4}})
          .build()
          .value();
  EXPECT_EQ(world.run(flow, {}).record.attempts.size(), 1U);
}

TEST(Executor, WaitsAsLongAsThePeerAsked) {
  World world;
  int calls = 0;
  const Step busy = step("busy", repeatable(), [&calls](const State& in) -> Result<State> {
    if (++calls > 1) return in;
    return std::unexpected(Error(ErrorCode::Upstream, "busy").retry_after(7.0));
  });
  const Workflow flow = Workflow::make("flow")
                            .node("busy", busy, end(), {.retry = {.retries = 1, .backoff = 1ms}})
                            .build()
                            .value();
  EXPECT_EQ(world.run(flow, {}).record.wall(), 7s);
}

TEST(Executor, ATimeoutIsAnAttemptOfItsOwn) {
  World world;
  int calls = 0;
  const Step slow =
      step("slow", repeatable(), [&calls](State in, Runtime& runtime) -> Task<Result<State>> {
        return sleep_then(runtime, ++calls == 1 ? 1h : 1ms, std::move(in));
      });
  const Workflow flow =
      Workflow::make("flow")
          .node("slow", slow, end(), {.timeout = 50ms, .retry = {.retries = 1, .backoff = 0ms}})
          .build()
          .value();
  const RunResult result = world.run(flow, {});
  ASSERT_TRUE(result.status) << result.status.error().to_string();
  ASSERT_EQ(result.record.attempts.size(), 2U);
  EXPECT_EQ(result.record.attempts[0].end, AttemptEnd::TimedOut);
  EXPECT_EQ(result.record.attempts[0].ended - result.record.attempts[0].started, 50ms);
  EXPECT_EQ(result.record.attempts[0].detail->error->code(), ErrorCode::Timeout);
}

TEST(Executor, TheDeadlineBoundsBackOff) {
  World world;
  const Workflow flow = Workflow::make("flow")
                            .node("bad", failing("bad", 1ms, ErrorCode::Network), end(),
                                  {.retry = {.retries = 9, .backoff = 1h, .backoff_max = 1h}})
                            .build()
                            .value();
  const RunResult result = world.run(flow, {}, {.deadline = world.loop.now() + 1s});
  ASSERT_FALSE(result.status);
  // Waiting past the deadline would be for nothing: the step's own error is told at once.
  EXPECT_EQ(result.status.error().code(), ErrorCode::Network);
  EXPECT_EQ(result.record.wall(), 1ms);
}

TEST(Executor, TheDeadlineStopsARunningStep) {
  World world;
  const Workflow flow = Workflow::make("flow").given(words).chain({say("a", 1h)}).build().value();
  const RunResult result = world.run(flow, no_words(), {.deadline = world.loop.now() + 20ms});
  ASSERT_FALSE(result.status);
  EXPECT_EQ(result.status.error().code(), ErrorCode::Timeout);
  EXPECT_EQ(result.record.wall(), 20ms);
  EXPECT_EQ(result.record.attempts[0].end, AttemptEnd::TimedOut);
}

TEST(Executor, AStepThatIgnoresItsStopTokenIsDestroyedAfterTheGrace) {
  World world;
  auto alive = std::make_shared<int>(0);
  const Step deaf = step("deaf", [&alive](State in, Runtime& runtime) -> Task<Result<State>> {
    const std::shared_ptr<int> kept = alive;
    const Result<void> slept = co_await sleep_for(runtime.loop(), 1h, {});
    co_return in.with(number, slept ? 1 : 0);
  });
  const Workflow flow = Workflow::make("flow").chain({deaf}).build().value();
  const RunResult result = world.run(flow, {}, {.deadline = world.loop.now() + 20ms});
  ASSERT_FALSE(result.status);
  EXPECT_EQ(result.status.error().code(), ErrorCode::Timeout);
  EXPECT_EQ(result.record.wall(), 120ms);
  EXPECT_EQ(alive.use_count(), 1);
  EXPECT_EQ(result.record.attempts[0].detail->notes.size(), 1U);
}

TEST(Executor, CancellingReachesAWaitingStepAndLeavesARecord) {
  World world;
  std::stop_source stop;
  world.loop.at(world.loop.now() + 5ms, [&stop] { stop.request_stop(); });
  const Workflow flow = Workflow::make("flow").given(words).chain({say("a", 1h)}).build().value();
  const RunResult result = world.run(flow, no_words(), {.stop = stop.get_token()});
  ASSERT_FALSE(result.status);
  EXPECT_EQ(result.status.error().code(), ErrorCode::Cancelled);
  EXPECT_EQ(result.status.error().path(), (Words{"flow", "a", "a", "1"}));
  EXPECT_EQ(result.record.wall(), 5ms);
  ASSERT_EQ(result.record.attempts.size(), 1U);
  EXPECT_EQ(result.record.attempts[0].end, AttemptEnd::Cancelled);
}

TEST(Executor, StartIsToldBeforeTheFirstInstructionOfTheBody) {
  World world;
  std::vector<std::string> log;
  const Step body = step("body", [&log](const State& in) {
    log.push_back("body");
    return in;
  });
  RunOptions options;
  options.on_event = [&log](const RunEvent& event) {
    log.push_back(event.kind == RunEvent::Kind::StepStarted ? "start" : "end");
  };
  const Workflow flow = Workflow::make("flow").chain({body}).build().value();
  EXPECT_TRUE(world.run(flow, {}, options).status);
  EXPECT_EQ(log, (std::vector<std::string>{"start", "body", "end"}));
}

TEST(Executor, NeverRunsMoreBranchesAtATimeThanAllowed) {
  World world;
  std::vector<Step> branches;
  for (int i = 0; i < 12; ++i) branches.push_back(say("b" + std::to_string(i), 10ms));
  RunOptions options;
  options.limits.parallel_max = 3;
  const RunResult result = world.run(fan(branches), no_words(), options);
  ASSERT_TRUE(result.status);
  EXPECT_EQ(result.state[words].size(), 12U);
  EXPECT_EQ(result.record.wall(), 40ms);
}

TEST(Executor, BoundsTheAttemptsOfARun) {
  World world;
  RunOptions options;
  options.limits.attempts_max = 2;
  const Workflow chain =
      Workflow::make("chain").given(words).chain({say("a"), say("b"), say("c")}).build().value();
  const RunResult result = world.run(chain, no_words(), options);
  ASSERT_FALSE(result.status);
  EXPECT_EQ(result.status.error().code(), ErrorCode::LimitExceeded);
  EXPECT_EQ(result.state[words], (Words{"a", "b"}));
}

Step call(const std::string& workflow) {
  return step("call", reads(words), writes(words),
              [workflow](State in, Runtime& runtime) -> Task<Result<State>> {
                return runtime.run(workflow, std::move(in));
              });
}

TEST(Executor, StepsOfASubWorkflowAreStepsOfTheParent) {
  World world;
  const Workflow inner =
      Workflow::make("inner").given(words).chain({say("x", 2ms), say("y")}).build().value();
  ASSERT_TRUE(world.workflows.add("inner", inner));
  const Workflow outer =
      Workflow::make("outer").given(words).node("ask", call("inner"), end()).build().value();
  const RunResult result = world.run(outer, no_words());
  ASSERT_TRUE(result.status) << result.status.error().to_string();
  EXPECT_EQ(result.state[words], (Words{"x", "y"}));
  const std::vector<StepRecord> steps = step_records(result.record);
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[0].parent, "");
  EXPECT_EQ(steps[1].parent, "ask");
  EXPECT_EQ(steps[2].node, "y");
}

TEST(Executor, AFailureInASubWorkflowKeepsItsWholePath) {
  World world;
  const Workflow inner =
      Workflow::make("inner").chain({failing("bad", 1ms, ErrorCode::Upstream)}).build().value();
  ASSERT_TRUE(world.workflows.add("inner", inner));
  const Workflow outer =
      Workflow::make("outer").given(words).chain({call("inner")}).build().value();
  const RunResult result = world.run(outer, no_words());
  ASSERT_FALSE(result.status);
  EXPECT_EQ(result.status.error().path(),
            (Words{"outer", "call", "call", "1", "inner", "bad", "bad", "1"}));
}

TEST(Executor, CancellingReachesASubWorkflow) {
  World world;
  const Workflow inner = Workflow::make("inner").given(words).chain({say("x", 1h)}).build().value();
  ASSERT_TRUE(world.workflows.add("inner", inner));
  const Workflow outer =
      Workflow::make("outer").given(words).chain({call("inner")}).build().value();
  std::stop_source stop;
  world.loop.at(world.loop.now() + 5ms, [&stop] { stop.request_stop(); });
  const RunResult result = world.run(outer, no_words(), {.stop = stop.get_token()});
  ASSERT_FALSE(result.status);
  EXPECT_EQ(result.record.wall(), 5ms);
  const std::vector<StepRecord> steps = step_records(result.record);
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_FALSE(steps[1].success);
}

TEST(Executor, SubWorkflowsNestOnlySoDeep) {
  World world;
  const Workflow self = Workflow::make("self").given(words).chain({call("self")}).build().value();
  ASSERT_TRUE(world.workflows.add("self", self));
  const RunResult result = world.run(self, no_words());
  ASSERT_FALSE(result.status);
  EXPECT_EQ(result.status.error().code(), ErrorCode::LimitExceeded);
  EXPECT_EQ(step_records(result.record).size(), 9U);
}

TEST(Executor, DroppingTheTaskDestroysWhatRuns) {
  World world;
  auto alive = std::make_shared<int>(0);
  const Step waits = step("waits", [&alive](State in, Runtime& runtime) -> Task<Result<State>> {
    const std::shared_ptr<int> kept = alive;
    const Result<State> slept = co_await sleep_then(runtime, 1h, in);
    co_return in;
  });
  const Workflow flow = Workflow::make("flow").chain({waits}).build().value();
  {
    const StartedTask started = start(world.executor.run(flow, {}), [](Outcome<RunResult>) {});
    EXPECT_EQ(alive.use_count(), 2);
  }
  EXPECT_EQ(alive.use_count(), 1);
  EXPECT_EQ(world.loop.run(), SimLoop::End::Idle);
}

// The real loop, real pool threads, and a stop that comes from a thread of its own.
TEST(Executor, AStopMayComeFromAnyThread) {
  AsioLoop loop;
  Pool pool(loop, {.threads = 2});
  Executor executor(loop, pool);
  std::stop_source stop;
  const Step stops = step("stops", [&stop](State in, Runtime& runtime) -> Task<Result<State>> {
    auto job = [stop]() mutable { return stop.request_stop(); };
    const Result<bool> asked = co_await on_pool(runtime.pool(), job, {});
    if (!asked) co_return std::unexpected(asked.error());
    const Result<void> slept = co_await sleep_for(runtime.loop(), 1h, runtime.stop_token());
    if (!slept) co_return std::unexpected(slept.error());
    co_return in;
  });
  const Workflow flow = Workflow::make("flow").chain({stops}).build().value();
  const RunResult result = loop.run(executor.run(flow, {}, {.stop = stop.get_token()}));
  ASSERT_FALSE(result.status);
  EXPECT_EQ(result.status.error().code(), ErrorCode::Cancelled);
}

TEST(Executor, WhatAStepTellsItsRuntimeIsInItsRecord) {
  World world;
  const Step teller = step("teller", [](const State& in, Runtime& runtime) {
    runtime.note("half a page");
    runtime.add_usage({.model_loads = 1, .prompt_tokens = 5, .cost_micro_usd = 7});
    runtime.add_usage({.prompt_tokens = 6});
    runtime.add_model("tiny");
    runtime.add_model("tiny");
    runtime.record(RecordingKind::Tool, "web", "{}", "[1]");
    return in;
  });
  const Workflow flow = Workflow::make("flow").chain({teller}).build().value();
  const RunResult result = world.run(flow, {});
  const StepRecord record = step_records(result.record).at(0);
  EXPECT_EQ(record.notes, Words{"half a page"});
  EXPECT_EQ(record.prompt_tokens, 11);
  EXPECT_EQ(record.models, Words{"tiny"});
  EXPECT_EQ(result.record.usage().cost_micro_usd, 7);

  Replay replay({record});
  EXPECT_EQ(replay.answer(RecordingKind::Tool, "web", "{}"), "[1]");
  EXPECT_EQ(replay.answer(RecordingKind::Tool, "web", "{\"q\":1}"), std::nullopt);
}

}  // namespace
}  // namespace muai
