// Laws of the step protocol, order, branches and records, for drawn workflows.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "muai/async/pool.h"
#include "muai/async/sim_loop.h"
#include "muai/async/sleep.h"
#include "muai/exec/executor.h"
#include "muai/graph/compiled_graph.h"
#include "tests/support/random_graph.h"

namespace muai {
namespace {

using namespace std::chrono_literals;

constexpr Key<std::int64_t> needed{"prop_needed"};
constexpr Key<std::int64_t> given_back{"prop_given_back"};
constexpr Key<std::int64_t> optional_back{"prop_optional_back"};
constexpr Key<std::int64_t> stranger{"prop_stranger"};

struct World {
  explicit World(std::uint64_t seed) : loop({.seed = seed, .order = SimOptions::Order::Shuffled}) {}

  RunResult run(const Workflow& workflow, State given) {
    return loop.run(executor.run(workflow, std::move(given))).value();
  }

  SimLoop loop;
  Pool pool{loop, {.threads = 0}};
  Executor executor{loop, pool};
};

// How the body of a protocol step is written; all must look the same.
enum class Form { Function, FunctionWithRuntime, Coroutine, WaitingCoroutine, Class };

struct Misdeeds {
  bool forgets_output;
  bool writes_stranger;
  bool writes_optional;
  int* calls;

  State apply(State in) const {
    ++*calls;
    if (!forgets_output) in = in.with(given_back, in[needed] + 1);
    if (writes_stranger) in = in.with(stranger, 1);
    if (writes_optional) in = in.with(optional_back, 1);
    return in;
  }
};

class ProtocolBody final : public StepBody {
 public:
  explicit ProtocolBody(Misdeeds misdeeds) : misdeeds_(misdeeds) {}
  Task<Result<State>> run(State in, Runtime&) const override {
    return Task<Result<State>>::ready(misdeeds_.apply(std::move(in)));
  }

 private:
  Misdeeds misdeeds_;
};

Step protocol_step(Form form, Misdeeds m) {
  const auto made = [](auto body) {
    return step("protocol", may_write(optional_back), reads(needed), writes(given_back),
                std::move(body));
  };
  switch (form) {
    case Form::Function: return made([m](const State& in) { return m.apply(in); });
    case Form::FunctionWithRuntime:
      return made([m](const State& in, Runtime&) -> Result<State> { return m.apply(in); });
    case Form::Coroutine:
      return made(
          [m](State in, Runtime&) -> Task<Result<State>> { co_return m.apply(std::move(in)); });
    case Form::WaitingCoroutine:
      return made([m](State in, Runtime& runtime) -> Task<Result<State>> {
        const Result<void> slept = co_await sleep_for(runtime.loop(), 1ms, runtime.stop_token());
        if (!slept) co_return std::unexpected(slept.error());
        co_return m.apply(std::move(in));
      });
    case Form::Class: break;
  }
  return made(std::unique_ptr<const StepBody>(std::make_unique<ProtocolBody>(m)));
}

// P1: whatever the form of a step, its declared inputs are there before its body runs, what it
// does not declare is refused, and so is a success without its outputs; errors name step and key.
RC_GTEST_PROP(Executor, P01_StepProtocol,
              (bool forgets, bool strange, bool with_optional, std::uint64_t seed)) {
  const auto form = static_cast<Form>(seed % 5);
  int calls = 0;
  const Step checked = protocol_step(form, {forgets, strange, with_optional, &calls});
  RC_ASSERT(checked.contract().reads == std::vector<KeyId>{needed.id()});
  RC_ASSERT(checked.contract().writes == std::vector<KeyId>{given_back.id()});
  World world(seed);
  const Workflow workflow = Workflow::make("w").given(needed).chain({checked}).build().value();

  const RunResult without = world.run(workflow, State());
  RC_ASSERT(!without.status.has_value());
  RC_ASSERT(calls == 0);
  RC_ASSERT(without.status.error().message().find("prop_needed") != std::string::npos);

  const RunResult result = world.run(workflow, State().with(needed, 41));
  RC_ASSERT(calls == 1);
  RC_ASSERT(result.status.has_value() == (!forgets && !strange));
  if (result.status) {
    RC_ASSERT(result.state[given_back] == 42);
    RC_ASSERT(result.state.has(optional_back) == with_optional);
    return;
  }
  const Error& error = result.status.error();
  RC_ASSERT(error.code() == ErrorCode::Contract);
  RC_ASSERT(error.message().find("'protocol'") != std::string::npos);
  const std::string key = strange ? "prop_stranger" : "prop_given_back";
  RC_ASSERT(error.message().find(key) != std::string::npos);
  RC_ASSERT(!result.state.has(stranger));
}

// A step that logs itself after a drawn wait, 0 to 4 ms.
Step logging_step(std::size_t node, std::uint64_t seed) {
  const Duration wait = Duration(1ms) * ((seed * 7 + node * 13) % 5);
  return step(planned_name(node), reads(log_key), writes(log_key, last_key, own_key(node)),
              [node, wait](State in, Runtime& runtime) -> Task<Result<State>> {
                if (wait > Duration::zero()) {
                  const Result<void> slept =
                      co_await sleep_for(runtime.loop(), wait, runtime.stop_token());
                  if (!slept) co_return std::unexpected(slept.error());
                }
                co_return planned_work(node, in);
              });
}

// P3: the steps of a chain run in its order, each after the one before has ended.
RC_GTEST_PROP(Executor, P03_LinearOrder, (std::uint64_t seed)) {
  World world(seed);
  std::vector<Step> steps;
  Words names;
  for (std::size_t n = 0; n < 1 + seed % 12; ++n) {
    steps.push_back(logging_step(n, seed));
    names.push_back(planned_name(n));
  }
  const Workflow chain = Workflow::make("chain").given(log_key).chain(steps).build().value();
  const RunResult result = world.run(chain, State().with(log_key, {}));
  RC_ASSERT(result.status.has_value());
  RC_ASSERT(result.state[log_key] == names);
  Words recorded;
  TimePoint before = result.record.started;
  for (const AttemptRecord& attempt : result.record.attempts) {
    recorded.push_back(chain.compiled().nodes()[attempt.node].node->name);
    RC_ASSERT(attempt.started >= before);
    before = attempt.ended;
  }
  RC_ASSERT(recorded == names);
}

// P4: of every branch that is reached exactly one arm runs, the first whose condition holds.
RC_GTEST_PROP(Executor, P04_ExactlyOneBranchPerDecision, (std::uint64_t seed)) {
  constexpr std::size_t kArms = 5;
  std::mt19937_64 random(seed);
  World world(seed);
  WorkflowBuilder builder = Workflow::make("branch");
  builder.given(log_key, needed);
  std::vector<Arm> arms;
  std::vector<std::int64_t> wanted;
  for (std::size_t arm = 0; arm + 1 < kArms; ++arm) {
    wanted.push_back(static_cast<std::int64_t>(random() % 4));
    arms.push_back(when(equals(needed, wanted.back()), planned_name(arm)));
  }
  arms.push_back(otherwise(planned_name(kArms - 1)));
  builder.node("decide", step("decide", [](const State& in) { return in; }), branch(arms));
  for (std::size_t arm = 0; arm < kArms; ++arm)
    builder.node(planned_name(arm), logging_step(arm, seed), end());
  const std::int64_t value = static_cast<std::int64_t>(random() % 5);
  const RunResult result =
      world.run(builder.build().value(), State().with(log_key, {}).with(needed, value));
  RC_ASSERT(result.status.has_value());
  const auto first = std::find(wanted.begin(), wanted.end(), value);
  const auto arm = static_cast<std::size_t>(first - wanted.begin());
  RC_ASSERT(result.state[log_key] == Words{planned_name(arm)});
  RC_ASSERT(result.record.attempts.size() == 2U);
}

// P5: every step that began is in the record with its end, whether it succeeded or failed; what
// did not run is not.
RC_GTEST_PROP(Executor, P05_EveryStepIsTraced, (std::uint64_t seed)) {
  const PlannedGraph plan = plan_graph(seed);
  std::mt19937_64 random(seed + 1);
  const std::vector<std::int64_t> choices = draw_choices(plan, random());
  const std::size_t failing = random() % (2 * plan.nodes.size());  // often none
  std::multiset<std::string> begun;
  const auto make = [&](std::size_t n) {
    const Step logged = logging_step(n, seed);
    return step(planned_name(n), reads(log_key), writes(log_key, last_key, own_key(n)),
                [logged, n, failing, &begun](State in, Runtime& runtime) -> Task<Result<State>> {
                  begun.insert(planned_name(n));
                  Result<State> done = co_await logged.run(std::move(in), runtime);
                  if (n == failing) throw std::runtime_error("planned");
                  co_return done;
                });
  };
  World world(seed);
  const Workflow workflow =
      build_planned(plan, make, [](std::size_t) { return NodeOptions(); }).build().value();
  const RunResult result = world.run(workflow, planned_input(choices));
  std::multiset<std::string> recorded;
  bool has_failure = false;
  for (const StepRecord& record : step_records(result.record)) {
    recorded.insert(record.step_name);
    RC_ASSERT(record.success == !record.error.has_value());
    RC_ASSERT(record.end_time >= record.start_time);
    RC_ASSERT(record.latency_ms >= 0.0);
    if (record.success) continue;
    has_failure = true;
    RC_ASSERT(!record.error->error.empty());
    RC_ASSERT(!record.error->error_type.empty());
    RC_ASSERT(!record.error->stack_trace.empty());
  }
  RC_ASSERT(recorded == begun);
  RC_ASSERT(has_failure == !result.status.has_value());
  RC_ASSERT(has_failure == begun.contains(planned_name(failing)));
}

}  // namespace
}  // namespace muai
