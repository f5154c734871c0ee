// The executor under deterministic simulation: random graphs, delays, faults, stops, deadlines, on
// a loop in virtual time that shuffles what is ready. One seed decides everything; a failure names
// its seed. MUAI_SIM_SCHEDULES sets how many seeds are tried.

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>

#include "muai/async/pool.h"
#include "muai/async/sim_loop.h"
#include "muai/async/sleep.h"
#include "muai/exec/executor.h"
#include "muai/graph/compiled_graph.h"
#include "tests/support/random_graph.h"

namespace muai {
namespace {

using namespace std::chrono_literals;

constexpr Duration kGrace = 7ms;

std::uint64_t schedules() {
  const char* wanted = std::getenv("MUAI_SIM_SCHEDULES");
  return wanted ? std::strtoull(wanted, nullptr, 10) : 3000;
}

// How one node behaves, the same in every schedule of a seed.
struct Behaviour {
  enum class Kind { AtOnce, Sleeps, OnPool, Deaf, InSubWorkflow };
  Kind kind = Kind::AtOnce;
  int failures = 0;       // attempts that fail before one succeeds
  bool throws = false;    // fails by an exception
  bool is_fatal = false;  // with an error that no retry may cure
  int retries = 0;
  Duration timeout = Duration::max();
};

// What a whole schedule is made of.
struct Scenario {
  PlannedGraph plan;
  std::vector<std::int64_t> choices;
  std::vector<Behaviour> behaviours;
  TimePoint deadline = kNever;
  TimePoint stop_at = kNever;
  std::uint32_t parallel_max = 1000;

  bool may_fail() const {
    if (deadline != kNever || stop_at != kNever) return true;
    for (const Behaviour& b : behaviours)
      if (b.failures > b.retries || (b.failures > 0 && b.is_fatal) || b.timeout != Duration::max())
        return true;
    return false;
  }
};

Behaviour draw_behaviour(std::mt19937_64& random, bool with_faults) {
  Behaviour b;
  constexpr Behaviour::Kind kKinds[] = {Behaviour::Kind::AtOnce,        Behaviour::Kind::Sleeps,
                                        Behaviour::Kind::Sleeps,        Behaviour::Kind::OnPool,
                                        Behaviour::Kind::InSubWorkflow, Behaviour::Kind::Deaf};
  b.kind = kKinds[random() % (with_faults ? 6 : 5)];
  if (!with_faults) return b;
  b.retries = static_cast<int>(random() % 3);
  if (random() % 6 == 0) b.failures = 1 + static_cast<int>(random() % 3);
  b.throws = random() % 3 == 0;
  b.is_fatal = random() % 5 == 0;
  if (random() % 8 == 0) b.timeout = Duration(1ms) * (1 + static_cast<int>(random() % 12));
  return b;
}

Scenario draw_scenario(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Scenario s;
  s.plan = plan_graph(random());
  s.choices = draw_choices(s.plan, random());
  const bool with_faults = random() % 2 == 0;
  for (std::size_t n = 0; n < s.plan.nodes.size(); ++n)
    s.behaviours.push_back(draw_behaviour(random, with_faults));
  if (random() % 4 == 0) s.deadline = TimePoint() + Duration(1ms) * (random() % 60);
  if (random() % 4 == 0) s.stop_at = TimePoint() + Duration(1ms) * (random() % 60);
  if (random() % 3 == 0) s.parallel_max = 1 + static_cast<std::uint32_t>(random() % 3);
  return s;
}

// One world that plays a scenario once.
class Simulation {
 public:
  Simulation(const Scenario& scenario, std::uint64_t schedule)
      : scenario_(scenario),
        loop_({.seed = schedule, .order = SimOptions::Order::Shuffled}),
        origin_(loop_.now()) {}

  void play();
  const RunResult& result() const { return *result_; }
  std::uint64_t hash() const;
  void check_laws() const;
  bool succeeded() const { return result_->status.has_value(); }

 private:
  TimePoint at(TimePoint planned) const {
    return planned == kNever ? kNever : origin_ + (planned - TimePoint());
  }
  Step step_of(std::size_t node);
  Task<Result<State>> work(std::size_t node, State in, Runtime& runtime);
  Task<Result<State>> behave(std::size_t node, State in, Runtime& runtime);
  Result<State> outcome(std::size_t node, const State& in);
  Duration some_delay() { return Duration(1ms) * (loop_.random() % 9); }
  void add_inner_workflow(std::size_t node);
  void check_attempts() const;
  void check_failure() const;

  // Counts the bodies that are under way, however they end.
  struct Inside {
    explicit Inside(int& count) : count_(count) { ++count_; }
    Inside(const Inside&) = delete;
    ~Inside() { --count_; }
    int& count_;
  };

  const Scenario& scenario_;
  SimLoop loop_;
  TimePoint origin_;
  Pool pool_{loop_, {.threads = 0}};
  Registry<Workflow> workflows_{"workflow"};
  Executor executor_{loop_, pool_, &workflows_};
  std::stop_source stop_;
  Workflow workflow_;
  std::map<std::size_t, int> calls_;
  int inside_ = 0;
  int bodies_begun_ = 0;
  bool has_returned_ = false;
  bool ran_after_return_ = false;
  std::map<std::string, int> open_;  // by path of the attempt: starts told less ends told
  bool has_unpaired_event_ = false;
  std::optional<RunResult> result_;
};

Result<State> Simulation::outcome(std::size_t node, const State& in) {
  const Behaviour& b = scenario_.behaviours[node];
  if (++calls_[node] <= b.failures) {
    if (b.throws && !b.is_fatal) throw std::runtime_error("planned");
    return fail(b.is_fatal ? ErrorCode::Refused : ErrorCode::Network, "planned");
  }
  return planned_work(node, in);
}

Task<Result<State>> Simulation::behave(std::size_t node, State in, Runtime& runtime) {
  const Behaviour& b = scenario_.behaviours[node];
  if (b.kind == Behaviour::Kind::Sleeps) {
    const Result<void> slept = co_await sleep_for(loop_, some_delay(), runtime.stop_token());
    if (!slept) co_return std::unexpected(slept.error());
  } else if (b.kind == Behaviour::Kind::Deaf) {
    const Result<void> slept = co_await sleep_for(loop_, some_delay() * 4, {});
    if (!slept) co_return std::unexpected(slept.error());
  } else if (b.kind == Behaviour::Kind::OnPool) {
    auto job = [] { return 1; };
    const Result<int> done = co_await on_pool(pool_, job, runtime.stop_token());
    if (!done) co_return std::unexpected(done.error());
  }
  co_return outcome(node, in);
}

Task<Result<State>> Simulation::work(std::size_t node, State in, Runtime& runtime) {
  const Inside inside(inside_);
  ++bodies_begun_;
  if (has_returned_) ran_after_return_ = true;
  if (scenario_.behaviours[node].kind == Behaviour::Kind::InSubWorkflow) {
    Result<State> ran = co_await runtime.run("inner" + planned_name(node), std::move(in));
    if (has_returned_) ran_after_return_ = true;
    co_return ran;
  }
  Result<State> done = co_await behave(node, std::move(in), runtime);
  if (has_returned_) ran_after_return_ = true;
  co_return done;
}

Step Simulation::step_of(std::size_t node) {
  if (scenario_.behaviours[node].kind == Behaviour::Kind::AtOnce) {
    return step(planned_name(node), reads(log_key), writes(log_key, last_key, own_key(node)),
                repeatable(), [this, node](const State& in) {
                  const Inside inside(inside_);
                  ++bodies_begun_;
                  if (has_returned_) ran_after_return_ = true;
                  return outcome(node, in);
                });
  }
  return step(planned_name(node), reads(log_key), writes(log_key, last_key, own_key(node)),
              repeatable(), [this, node](State in, Runtime& runtime) -> Task<Result<State>> {
                return work(node, std::move(in), runtime);
              });
}

void Simulation::add_inner_workflow(std::size_t node) {
  const Step sleeper = step("sleeper", [this](State in, Runtime& runtime) -> Task<Result<State>> {
    const Inside inside(inside_);
    const Result<void> slept = co_await sleep_for(loop_, some_delay(), runtime.stop_token());
    if (has_returned_) ran_after_return_ = true;
    if (!slept) co_return std::unexpected(slept.error());
    co_return in;
  });
  const Step worker = step("worker", reads(log_key), writes(log_key, last_key, own_key(node)),
                           [this, node](const State& in) { return outcome(node, in); });
  Workflow inner = Workflow::make("inner").given(log_key).chain({sleeper, worker}).build().value();
  workflows_.replace("inner" + planned_name(node), std::move(inner));
}

void Simulation::play() {
  for (std::size_t n = 0; n < scenario_.plan.nodes.size(); ++n)
    if (scenario_.behaviours[n].kind == Behaviour::Kind::InSubWorkflow) add_inner_workflow(n);
  const auto options_of = [&](std::size_t n) {
    const Behaviour& b = scenario_.behaviours[n];
    return NodeOptions{.timeout = b.timeout, .retry = {.retries = b.retries, .backoff = 4ms}};
  };
  const auto make_step = [this](std::size_t n) { return step_of(n); };
  workflow_ = build_planned(scenario_.plan, make_step, options_of).build().value();

  RunOptions options;
  options.deadline = at(scenario_.deadline);
  options.limits.parallel_max = scenario_.parallel_max;
  options.limits.stop_grace = kGrace;
  if (scenario_.stop_at != kNever) {
    options.stop = stop_.get_token();
    loop_.at(at(scenario_.stop_at), [this] { stop_.request_stop(); });
  }
  options.on_event = [this](const RunEvent& event) {
    const std::string name = std::string(event.parent) + "/" + std::string(event.node) + "/" +
                             std::to_string(event.attempt);
    int& open = open_[name];
    open += event.kind == RunEvent::Kind::StepStarted ? 1 : -1;
    if (open < 0 || open > 1) has_unpaired_event_ = true;
  };
  Result<RunResult> ended =
      loop_.run(executor_.run(workflow_, planned_input(scenario_.choices), std::move(options)));
  ASSERT_TRUE(ended) << "deadlock: " << ended.error().to_string();
  result_.emplace(*std::move(ended));
  has_returned_ = true;
  EXPECT_EQ(inside_, 0) << "a body is still under way";
  loop_.run();  // whatever is left may not touch the run
}

std::uint64_t Simulation::hash() const {
  std::uint64_t hash = loop_.order_hash();
  for (const StepRecord& record : step_records(result_->record)) {
    const std::string text = record.parent + "/" + record.node + "/" +
                             std::to_string(record.attempt) + "/" +
                             std::to_string(record.start_time) + "/" +
                             std::to_string(record.end_time) + (record.success ? "+" : "-");
    hash = hash * 1'099'511'628'211ULL + std::hash<std::string>()(text);
  }
  return hash;
}

void Simulation::check_attempts() const {
  std::map<std::uint32_t, int> attempts;
  std::map<std::uint32_t, int> successes;
  for (const AttemptRecord& attempt : result_->record.attempts) {
    EXPECT_NE(attempt.end, AttemptEnd::Running) << "an attempt never ended";
    EXPECT_LE(attempt.started, attempt.ended);
    EXPECT_EQ(attempt.end == AttemptEnd::Succeeded,
              !attempt.detail || !attempt.detail->error.has_value());
    EXPECT_EQ(static_cast<int>(attempt.attempt), ++attempts[attempt.node]);
    if (attempt.end == AttemptEnd::Succeeded) ++successes[attempt.node];
    EXPECT_LE(attempt.started, at(scenario_.stop_at)) << "started after the stop";
    if (scenario_.deadline != kNever) {
      EXPECT_LT(attempt.started, at(scenario_.deadline)) << "started after the deadline";
    }
    const Node& node = *workflow_.compiled().nodes()[attempt.node].node;
    if (node.options.timeout != Duration::max()) {
      EXPECT_LE(attempt.ended - attempt.started, node.options.timeout + kGrace);
    }
    EXPECT_LE(attempt.attempt, node.options.retry.retries + 1) << "too many retries";
  }
  for (const auto& [node, count] : successes) EXPECT_EQ(count, 1) << "a node succeeded twice";
}

// The error is that of the earliest node, in edge order, that failed by itself.
void Simulation::check_failure() const {
  const Error& error = result_->status.error();
  if (error.code() == ErrorCode::Cancelled) {
    EXPECT_NE(scenario_.stop_at, kNever) << "nobody asked to stop";
    return;
  }
  if (error.path().size() < 4) {
    EXPECT_EQ(error.code(), ErrorCode::Timeout) << error.to_string();
    return;
  }
  for (const AttemptRecord& attempt : result_->record.attempts) {
    const CompiledGraph::CompiledNode& node = workflow_.compiled().nodes()[attempt.node];
    if (node.node->name != error.path()[1]) continue;
    EXPECT_NE(attempt.end, AttemptEnd::Succeeded) << "a node that succeeded is blamed";
  }
}

void Simulation::check_laws() const {
  EXPECT_FALSE(ran_after_return_) << "something ran after the run had returned";
  EXPECT_FALSE(has_unpaired_event_) << "a start or an end was told twice";
  for (const auto& [name, open] : open_) EXPECT_EQ(open, 0) << name << " never ended";
  const TimePoint ended = result_->record.ended;
  if (scenario_.deadline != kNever) {
    EXPECT_LE(ended, std::max(at(scenario_.deadline), origin_) + kGrace) << "deadline not kept";
  }
  if (scenario_.stop_at != kNever) {
    EXPECT_LE(ended, at(scenario_.stop_at) + kGrace) << "the stop did not reach every child";
  }
  check_attempts();
  if (!result_->status) {
    EXPECT_TRUE(scenario_.may_fail()) << result_->status.error().to_string();
    check_failure();
    return;
  }
  const Expected expected = work_out(scenario_.plan, scenario_.choices);
  EXPECT_EQ(difference(expected, result_->state), "");
  std::set<std::string> fired;
  for (const AttemptRecord& attempt : result_->record.attempts)
    fired.insert(workflow_.compiled().nodes()[attempt.node].node->name);
  std::set<std::string> wanted;
  for (const auto& [node, before] : expected.history) wanted.insert(planned_name(node));
  EXPECT_EQ(fired, wanted);
}

TEST(Simulation, EveryScheduleKeepsTheLaws) {
  std::uint64_t successes = 0;
  const std::uint64_t count = schedules();
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Scenario scenario = draw_scenario(seed);
    Simulation simulation(scenario, seed);
    simulation.play();
    if (HasFatalFailure()) return;
    simulation.check_laws();
    if (HasFailure()) return;
    successes += simulation.succeeded() ? 1 : 0;
  }
  // Both kinds of end are exercised.
  EXPECT_GT(successes, count / 10);
  EXPECT_LT(successes, count);
}

TEST(Simulation, ResultsDoNotDependOnTiming) {
  for (std::uint64_t seed = 1; seed <= schedules() / 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Scenario scenario = draw_scenario(seed);
    scenario.deadline = kNever;
    scenario.stop_at = kNever;
    for (Behaviour& b : scenario.behaviours) {
      b.failures = std::min(b.failures, b.retries);
      b.is_fatal = false;
      b.timeout = Duration::max();
    }
    std::optional<State> first;
    for (std::uint64_t schedule = 1; schedule <= 5; ++schedule) {
      Simulation simulation(scenario, seed * 100 + schedule);
      simulation.play();
      if (HasFatalFailure()) return;
      ASSERT_TRUE(simulation.succeeded()) << simulation.result().status.error().to_string();
      if (!first) first = simulation.result().state;
      EXPECT_TRUE(simulation.result().state == *first);
    }
  }
}

TEST(Simulation, TheSameSeedIsTheSameRun) {
  for (std::uint64_t seed = 1; seed <= schedules() / 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Scenario scenario = draw_scenario(seed);
    Simulation once(scenario, seed);
    once.play();
    if (HasFatalFailure()) return;
    Simulation again(scenario, seed);
    again.play();
    if (HasFatalFailure()) return;
    EXPECT_EQ(once.hash(), again.hash());
  }
}

}  // namespace
}  // namespace muai
