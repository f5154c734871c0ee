#include "engine/execution_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "muai/core/keys.h"
#include "muai/graph/step.h"

namespace muai {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Workflow one_step(const std::string& name) {
  const Step answer =
      step("answer", reads(keys::question), writes(keys::final_answer),
           [](const State& in) { return in.with(keys::final_answer, in[keys::question]); });
  return Workflow::make(name).given(keys::question).chain({answer}).build().value();
}

// A run of `latency`, as the executor records it; more attempts are the test's to add.
RunRecord run_of(Duration latency, Usage usage) {
  RunRecord run;
  run.workflow = one_step("w");
  run.started = TimePoint{1s};
  run.ended = run.started + latency + 1ms;
  run.unix_seconds = 1'700'000'000;
  AttemptRecord attempt;
  attempt.end = AttemptEnd::Succeeded;
  attempt.started = run.started;
  attempt.ended = run.started + latency;
  attempt.detail = std::make_unique<AttemptDetail>();
  attempt.detail->usage = usage;
  run.attempts.push_back(std::move(attempt));
  return run;
}

RunResult result_of(RunRecord run, State state = {}) {
  return {.state = std::move(state), .status = {}, .record = std::move(run)};
}

double cost(const TraceRecord& record, std::string_view name) {
  for (const auto& [known, value] : record.cost_stats)
    if (known == name) return value;
  ADD_FAILURE() << "no " << name;
  return -1;
}

TEST(ExecutionRecord, NormalizedCostIsTheWeightedSum) {
  const RunResult result =
      result_of(run_of(10'000ms, {.model_loads = 5, .vram_peak_mb = 4'000, .prompt_tokens = 7}));
  const TraceRecord record = make_trace_record({.workflow = "w"}, "id", 12.5, result);
  EXPECT_DOUBLE_EQ(cost(record, "latency_ms"), 10'000);
  EXPECT_DOUBLE_EQ(cost(record, "vram_peak_mb"), 4'000);
  EXPECT_DOUBLE_EQ(cost(record, "model_loads"), 5);
  EXPECT_DOUBLE_EQ(cost(record, "normalized_cost"), 0.5 + 0.3 + 0.2);
  EXPECT_EQ(record.prompt_tokens, 7);
  EXPECT_DOUBLE_EQ(record.wall_ms, 10'001);
  EXPECT_EQ(record.retries, 0);
}

TEST(ExecutionRecord, EachAttemptCostsItsTimeAndPeaksAreNotAdded) {
  RunRecord run = run_of(100ms, {.model_loads = 1, .vram_peak_mb = 500});
  AttemptRecord again;
  again.attempt = 2;
  again.end = AttemptEnd::Succeeded;
  again.started = run.started + 100ms;
  again.ended = run.started + 150ms;
  again.detail = std::make_unique<AttemptDetail>();
  again.detail->usage = {.model_loads = 1, .vram_peak_mb = 300};
  again.detail->models = {"m", "n", "m"};
  run.attempts.push_back(std::move(again));
  const TraceRecord record =
      make_trace_record({.workflow = "w"}, "id", 12.5, result_of(std::move(run)));
  EXPECT_DOUBLE_EQ(cost(record, "latency_ms"), 150);
  EXPECT_DOUBLE_EQ(cost(record, "vram_peak_mb"), 500);
  EXPECT_DOUBLE_EQ(cost(record, "model_loads"), 2);
  EXPECT_EQ(record.retries, 1);
  EXPECT_THAT(record.models, ElementsAre("m", "n"));
}

TEST(ExecutionRecord, StepsOfSubWorkflowsCountLikeAllOthers) {
  RunRecord run = run_of(100ms, {});
  run.attempts[0].detail->children.push_back(run_of(80ms, {.model_loads = 1}));
  const TraceRecord record =
      make_trace_record({.workflow = "w"}, "id", 12.5, result_of(std::move(run)));
  ASSERT_EQ(record.steps.size(), 2U);
  EXPECT_EQ(record.steps[1].parent, "answer");
  EXPECT_DOUBLE_EQ(cost(record, "latency_ms"),
                   record.steps[0].latency_ms + record.steps[1].latency_ms);
  EXPECT_DOUBLE_EQ(cost(record, "model_loads"), 1);
}

TEST(ExecutionRecord, MarksAreCountedForEachCitation) {
  const State state = State()
                          .with(keys::final_answer, std::string("A [1]. B [2][1]. C [4] and [0]."))
                          .with(keys::citations,
                                {"https://a.example/", "https://b.example/", "https://c.example/"});
  const TraceRecord record =
      make_trace_record({.workflow = "w"}, "id", 12.5, result_of(run_of(1ms, {}), state));
  EXPECT_THAT(record.citation_counts, ElementsAre(2, 1, 0));
  EXPECT_EQ(record.quality_signals.citation_count, 3);
  EXPECT_EQ(record.quality_signals.answer_length, 31);
}

TEST(ExecutionRecord, UrlsAreThoseOfTheReadPagesInTheirOrder) {
  TextMap docs;
  docs.set("https://z.example/", "z");
  docs.set("https://a.example/", "a");
  const State state = State().with(keys::docs, docs);
  const TraceRecord record =
      make_trace_record({.workflow = "w"}, "id", 12.5, result_of(run_of(1ms, {}), state));
  EXPECT_THAT(record.urls_used, ElementsAre("https://z.example/", "https://a.example/"));
  EXPECT_EQ(record.final_answer, "");
  EXPECT_THAT(record.citation_counts, IsEmpty());
}

TEST(ExecutionRecord, SaysWhatWasAskedAndHowItWasRouted) {
  ExecutionRequest request{.workflow = "search_qa", .mode = "chat", .router_version = "v1"};
  request.given = State()
                      .with(keys::question, std::string("为什么?"))
                      .with(keys::conversation_id, std::optional<std::string>("c"))
                      .with(keys::turn_index, std::optional<std::int64_t>(3));
  request.route_reasons = {"a rule"};
  const TraceRecord record = make_trace_record(request, "id", 12.5, result_of(run_of(1ms, {})));
  EXPECT_EQ(record.request_id, "id");
  EXPECT_EQ(record.question, "为什么?");
  EXPECT_EQ(record.conversation_id, "c");
  EXPECT_EQ(record.turn_index, 3);
  EXPECT_EQ(record.chosen_workflow, "search_qa");
  EXPECT_EQ(record.mode, "chat");
  EXPECT_EQ(record.router_version, "v1");
  EXPECT_THAT(record.route_reasons, ElementsAre("a rule"));
  EXPECT_THAT(record.given, HasSubstr("为什么?"));
  EXPECT_DOUBLE_EQ(record.timestamp, 12.5);
  EXPECT_TRUE(record.success);
  EXPECT_FALSE(record.error);
}

TEST(ExecutionRecord, AFailedRunKeepsWhatWasDoneBefore) {
  RunRecord run = run_of(20ms, {});
  run.attempts[0].end = AttemptEnd::Failed;
  run.attempts[0].detail->error = Error(ErrorCode::Upstream, "no luck");
  RunResult result = result_of(std::move(run), State().with(keys::final_answer, std::string("x")));
  result.status = fail(ErrorCode::Upstream, "no luck");
  const TraceRecord record = make_trace_record({.workflow = "w"}, "id", 12.5, result);
  EXPECT_FALSE(record.success);
  ASSERT_TRUE(record.error);
  EXPECT_EQ(record.error->error, "no luck");
  EXPECT_EQ(record.error->error_type, "upstream");
  EXPECT_EQ(record.final_answer, "x");
  ASSERT_EQ(record.steps.size(), 1U);
  EXPECT_FALSE(record.steps[0].success);
  EXPECT_TRUE(record.quality_signals.failure_occurred);
  EXPECT_DOUBLE_EQ(cost(record, "latency_ms"), 20);
}

TEST(ExecutionRecord, ARequestThatCouldNotBeginIsAFailureWithoutSteps) {
  ExecutionRequest request{.workflow = "serch_qa"};
  request.given = State().with(keys::question, std::string("why?"));
  const TraceRecord record =
      make_failed_record(request, "id", 12.5, Error(ErrorCode::NotFound, "no such workflow"));
  EXPECT_FALSE(record.success);
  EXPECT_EQ(record.question, "why?");
  EXPECT_EQ(record.chosen_workflow, "serch_qa");
  EXPECT_DOUBLE_EQ(record.timestamp, 12.5);
  EXPECT_EQ(record.error->error_type, "not_found");
  EXPECT_FALSE(record.error->stack_trace.empty());
  EXPECT_THAT(record.steps, IsEmpty());
}

}  // namespace
}  // namespace muai
