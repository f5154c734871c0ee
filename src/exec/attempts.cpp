// One attempt after the other: calling the body, judging what it gave, retrying.

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "exec/boundary.h"
#include "exec/run.h"

namespace muai {
namespace {

bool contains(std::span<const KeyId> keys, KeyId key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

TimePoint later_by(TimePoint from, Duration by) { return by >= kNever - from ? kNever : from + by; }

Duration backoff_before(const RetryPolicy& policy, std::uint32_t attempt, std::uint64_t random) {
  const double factor = std::pow(policy.backoff_factor, static_cast<double>(attempt) - 2.0);
  const double longest = static_cast<double>(policy.backoff_max.count());
  const double whole = std::min(static_cast<double>(policy.backoff.count()) * factor, longest);
  const double part = 0.5 + 0.5 * static_cast<double>(random >> 11) * 0x1p-53;
  return Duration(static_cast<Duration::rep>(whole * part));
}

}  // namespace

// The error with its path: workflow/node/step/attempt, or workflow/node before the first attempt.
Error Run::at_attempt(const Flight& flight, Error error) const {
  const std::string& node = flight.graph_node->node->name;
  if (flight.number == 0) return std::move(error).inside(node).inside(graph_.name());
  return std::move(error)
      .inside(std::to_string(flight.number))
      .inside(flight.graph_node->step->name())
      .inside(node)
      .inside(graph_.name());
}

void Run::emit(const Flight& flight, RunEvent event) const {
  if (!options_.on_event) return;
  event.workflow = graph_.name();
  if (parent_) event.parent = parent_->node();
  event.node = flight.graph_node->node->name;
  event.step = flight.graph_node->step->name();
  event.attempt = flight.number;
  options_.on_event(event);
}

// REQUIRES: now_ is fresh, and no attempt of the flight is open.
void Run::start_attempt(Flight& flight) {
  if (now_ >= options_.deadline) {
    stop_because(ErrorCode::Timeout, "the run's deadline passed");
    return;
  }
  if (root_.attempts_started_ >= options_.limits.attempts_max) {
    Error error(ErrorCode::LimitExceeded,
                fmt::format("the run would start more than {} attempts of steps",
                            options_.limits.attempts_max));
    const Index node = flight.index;
    State had = std::move(flight.in);
    land(flight);
    fail_run(node, std::move(error).inside(graph_.nodes()[node].node->name).inside(graph_.name()),
             std::move(had));
    return;
  }
  ++root_.attempts_started_;
  ++flight.number;
  flight.told = AttemptEnd::Running;
  flight.until = later_by(now_, flight.graph_node->node->options.timeout);
  flight.until = std::min(flight.until, options_.deadline);
  flight.record_index = record_.attempts.size();
  AttemptRecord& record = record_.attempts.emplace_back();
  record.node = flight.index;
  record.attempt = flight.number;
  record.started = now_;
  if (options_.states == KeptStates::All) record.in = flight.in;
  flight.phase = Flight::Phase::Calling;
  if (options_.on_event) emit(flight, {.kind = RunEvent::Kind::StepStarted, .at = now_});
  if (std::optional<Error> missing = missing_input(flight)) {
    attempt_ended(flight, std::unexpected(*std::move(missing)));
    return;
  }
  std::optional<Result<State>> ended = call_body(flight);
  if (ended)
    attempt_ended(flight, *std::move(ended));
  else
    wait_for(flight);
}

std::optional<Error> Run::missing_input(const Flight& flight) const {
  for (const KeyId key : flight.graph_node->reads) {
    if (flight.in.has(key)) continue;
    return Error(ErrorCode::Contract, fmt::format("step '{}' reads '{}', which is not set",
                                                  flight.graph_node->step->name(), key_name(key)));
  }
  return std::nullopt;
}

// What the body gave at once, or nothing while it waits.
std::optional<Result<State>> Run::call_body(Flight& flight) {
  const Executor::ThrowSite hook = executor_.throw_site();
  const auto on_done = [this, &flight](Outcome<Result<State>> outcome) {
    auto take = [&outcome]() -> StepAnswer { return std::move(outcome).take(); };
    StepAnswer answer = at_step_boundary(StepCall(take), executor_.throw_site(), flight.throw_site);
    if (flight.phase == Flight::Phase::Calling)
      flight.result = std::move(answer);
    else
      task_ended(flight, *std::move(answer));
  };
  auto call = [&]() -> StepAnswer {
    Task<Result<State>> task = flight.graph_node->step->run(flight.in, flight);
    if (task.is_ready()) return task.take_ready();
    flight.task = start(std::move(task), on_done);
    return std::exchange(flight.result, std::nullopt);
  };
  return at_step_boundary(StepCall(call), hook, flight.throw_site);
}

void Run::wait_for(Flight& flight) {
  flight.phase = Flight::Phase::Waiting;
  watch_deadline();
  if (flight.until >= options_.deadline) return;
  flight.timer = loop_.at(flight.until, [this, &flight] {
    flight.timer = TimerId::None;
    move_on([this, &flight] { stop_flight(flight, AttemptEnd::TimedOut); });
  });
}

void Run::task_ended(Flight& flight, Result<State> result) {
  move_on([&] { attempt_ended(flight, std::move(result)); });
}

void Run::attempt_ended(Flight& flight, Result<State> result) {
  now_ = loop_.now();
  if (flight.timer != TimerId::None) loop_.cancel(std::exchange(flight.timer, TimerId::None));
  Result<State> accepted = accept(flight, std::move(result));
  if (accepted)
    node_succeeded(flight, *std::move(accepted));
  else
    attempt_failed(flight, std::move(accepted).error());
}

// What counts of what the step gave: nothing after its time, nothing that breaks its contract.
Result<State> Run::accept(Flight& flight, Result<State> result) {
  if (!flight.is_told_to_stop() && now_ > flight.until) flight.told = AttemptEnd::TimedOut;
  if (flight.told == AttemptEnd::TimedOut) {
    const auto took = now_ - record_.attempts[flight.record_index].started;
    return fail(ErrorCode::Timeout,
                fmt::format("step '{}' was stopped after {} ms, when its time was up",
                            flight.graph_node->step->name(),
                            std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
  }
  if (flight.told == AttemptEnd::Cancelled) {
    // A step that never looked at its stop token failed for reasons of its own.
    const bool is_own_failure =
        !result && !flight.stop.stop_possible() && result.error().code() != ErrorCode::Cancelled;
    if (is_own_failure) {
      flight.told = AttemptEnd::Running;
      return result;
    }
    return fail(ErrorCode::Cancelled,
                fmt::format("step '{}' was cancelled", flight.graph_node->step->name()));
  }
  if (!result) return result;
  return keep_contract(flight, *std::move(result));
}

Result<State> Run::keep_contract(const Flight& flight, State out) const {
  const CompiledNode& node = *flight.graph_node;
  KeyId undeclared = KeyId::None;
  std::size_t written = 0;
  std::size_t dropped = 0;
  State::diff(flight.in, out, [&](KeyId key, const ValuePtr&, const ValuePtr& after) {
    if (!after)
      ++dropped;
    else if (contains(node.writes, key))
      ++written;
    else if (undeclared == KeyId::None && !contains(node.writable, key))
      undeclared = key;
  });
  if (undeclared != KeyId::None || written != node.writes.size()) [[unlikely]]
    return std::unexpected(broken_contract(flight, undeclared, out));
  if (dropped == 0) [[likely]]
    return out;
  State whole = out;
  State::diff(flight.in, out, [&](KeyId key, const ValuePtr& before, const ValuePtr& after) {
    if (!after) whole = std::move(whole).with_value(key, before);
  });
  return whole;
}

Error Run::broken_contract(const Flight& flight, KeyId undeclared, const State& out) const {
  const std::string& step = flight.graph_node->step->name();
  if (undeclared != KeyId::None) {
    return Error(
        ErrorCode::Contract,
        fmt::format("step '{}' wrote '{}', which it does not declare; add it to its writes "
                    "or may_write",
                    step, key_name(undeclared)));
  }
  for (const KeyId key : flight.graph_node->writes) {
    const Value* after = out.find_value(key);
    if (after && after != flight.in.find_value(key)) continue;
    return Error(ErrorCode::Contract,
                 fmt::format("step '{}' succeeded without setting '{}', which it declares to write",
                             step, key_name(key)));
  }
  return Error(ErrorCode::Contract, fmt::format("step '{}' broke its contract", step));
}

void Run::close_attempt(Flight& flight, AttemptEnd end, const Error* error) {
  AttemptRecord& record = record_.attempts[flight.record_index];
  record.end = end;
  record.ended = now_;
  if (error) {
    flight.details().error = *error;
    flight.details().throw_site = std::move(flight.throw_site);
    flight.throw_site.clear();
  }
  record.detail = std::move(flight.detail);
  if (options_.on_event)
    emit(flight, {.kind = RunEvent::Kind::StepEnded, .at = now_, .end = end, .error = error});
}

void Run::node_succeeded(Flight& flight, State out) {
  close_attempt(flight, AttemptEnd::Succeeded, nullptr);
  if (options_.states == KeptStates::All) record_.attempts[flight.record_index].out = out;
  const Index node = flight.index;
  if (graph_.has_crossing_branches()) note_writes(node, flight.in, out);
  land(flight);
  if (is_stopping_) return;
  slots_[node].out = std::move(out);
  decide_edges(node);
}

void Run::attempt_failed(Flight& flight, Error error) {
  Error placed = at_attempt(flight, std::move(error));
  const bool was_told = flight.is_told_to_stop();
  close_attempt(flight, was_told ? flight.told : AttemptEnd::Failed, &placed);
  flight.phase = Flight::Phase::BackingOff;  // no attempt is open
  flight.told = AttemptEnd::Running;
  if (!is_stopping_ && now_ >= options_.deadline) {
    stop_because(ErrorCode::Timeout, "the run's deadline passed");
    return;
  }
  if (!is_stopping_ && retry_later(flight, placed)) return;
  const Index node = flight.index;
  State had = std::move(flight.in);
  const bool was_stopped_with_the_run = is_stopping_ && was_told;
  land(flight);
  if (!was_stopped_with_the_run) fail_run(node, std::move(placed), std::move(had));
}

// False when the failure is final.
bool Run::retry_later(Flight& flight, const Error& error) {
  const RetryPolicy& policy = flight.graph_node->node->options.retry;
  if (flight.number > policy.retries || !is_retryable(error.code())) return false;
  Duration wait = backoff_before(policy, flight.number + 1, loop_.random());
  if (error.retry_after_s() > 0) {
    const double longest = static_cast<double>(Duration::max().count()) / 2;
    const double asked = std::min(error.retry_after_s() * 1e9, longest);
    wait = std::max(wait, Duration(static_cast<Duration::rep>(asked)));
  }
  const TimePoint when = later_by(now_, wait);
  if (when >= options_.deadline) return false;
  watch_deadline();
  if (flight.stop.stop_possible()) flight.stop = std::stop_source(std::nostopstate);
  flight.timer = loop_.at(when, [this, &flight] {
    flight.timer = TimerId::None;
    move_on([this, &flight] { start_attempt(flight); });
  });
  return true;
}

}  // namespace muai
