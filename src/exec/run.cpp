// The life of a run: beginning, stopping, ending, and the firing of nodes. Attempts are in
// attempts.cpp, joins in joins.cpp.

#include "exec/run.h"

#include <fmt/core.h>

#include <algorithm>

#include "muai/core/check.h"

namespace muai {

Run::Run(const Executor& executor, Workflow workflow, State given, RunOptions options,
         Flight* parent)
    : executor_(executor),
      loop_(executor.loop()),
      workflow_(std::move(workflow)),
      graph_(workflow_.compiled()),
      options_(std::move(options)),
      parent_(parent),
      root_(parent ? parent->owner().root_ : *this),
      depth_(parent ? parent->owner().depth_ + 1 : 0),
      given_(std::move(given)) {
  record_.workflow = workflow_;
}

Run::~Run() {
  loop_.cancel(deadline_timer_);
  for (const std::unique_ptr<Flight>& flight : flights_) {
    loop_.cancel(flight->timer);
    flight->task = StartedTask();
  }
}

void Run::PostStop::operator()() const {
  loop->post([kept = run] {
    if (const std::shared_ptr<Run> alive = kept.lock())
      alive->move_on([&] { alive->stop_because(ErrorCode::Cancelled, "the run was cancelled"); });
  });
}

// ---- Beginning and ending --------------------------------------------------------------------

// Why the run can't begin, if it can't.
std::optional<Error> Run::refusal() const {
  if (options_.stop.stop_requested())
    return Error(ErrorCode::Cancelled, "the run was cancelled before it began");
  if (now_ >= options_.deadline)
    return Error(ErrorCode::Timeout, "the run's deadline had passed before it began");
  for (const KeyId key : graph_.given()) {
    if (given_.has(key)) continue;
    return Error(ErrorCode::Contract, fmt::format("workflow '{}' needs '{}', which was not given",
                                                  graph_.name(), key_name(key)));
  }
  return std::nullopt;
}

// Runs until the first wait. True when the run is over already.
bool Run::begin() {
  now_ = loop_.now();
  record_.started = now_;
  record_.unix_seconds = loop_.unix_seconds();
  if (std::optional<Error> refused = refusal()) {
    error_ = std::move(*refused).inside(graph_.name());
    final_ = std::move(given_);
    finish();
    return true;
  }
  const auto nodes = graph_.nodes();
  slots_ = std::make_unique<Slot[]>(nodes.size());
  for (Index n = 0; n < nodes.size(); ++n) {
    slots_[n].undecided = nodes[n].in_count;
    slots_[n].uses_left = nodes[n].uses;
  }
  edge_taken_.assign(graph_.edges().size(), false);
  if (graph_.has_crossing_branches()) {
    history_words_ = (nodes.size() + 63) / 64;
    history_.assign(nodes.size() * history_words_, 0);
    writes_.resize(nodes.size());
  }
  record_.attempts.reserve(nodes.size() - 1);
  if (options_.stop.stop_possible())
    on_stop_.emplace(options_.stop, PostStop{&loop_, weak_from_this()});
  is_moving_ = true;
  push_ready(0);
  work_ready_queue();
  is_moving_ = false;
  if (!is_over()) return false;
  finish();
  return true;
}

void Run::finish() {
  loop_.cancel(std::exchange(deadline_timer_, TimerId::None));
  on_stop_.reset();
  record_.ended = now_;
}

RunResult Run::take_result() {
  RunResult result{std::move(final_), {}, std::move(record_)};
  if (error_) result.status = std::unexpected(*std::move(error_));
  return result;
}

RunRecord Run::abandon() {
  waiter_ = nullptr;
  is_moving_ = true;  // nothing that happens below may start anything
  is_stopping_ = true;
  now_ = loop_.now();
  for (const std::unique_ptr<Flight>& flight : flights_) {
    loop_.cancel(std::exchange(flight->timer, TimerId::None));
    flight->task = StartedTask();
    if (flight->phase != Flight::Phase::Waiting) continue;
    const Error error = at_attempt(
        *flight, Error(ErrorCode::Cancelled, "the run that this attempt belonged to was dropped"));
    close_attempt(*flight, AttemptEnd::Cancelled, &error);
    flight->phase = Flight::Phase::Free;
  }
  finish();
  return std::move(record_);
}

// ---- Stopping --------------------------------------------------------------------------------

void Run::watch_deadline() {
  if (options_.deadline == kNever || deadline_timer_ != TimerId::None) return;
  deadline_timer_ = loop_.at(options_.deadline, [this] {
    deadline_timer_ = TimerId::None;
    move_on([this] { stop_because(ErrorCode::Timeout, "the run's deadline passed"); });
  });
}

// Stops for a reason from outside the steps. The error's path is that of the earliest node under
// way, whose input is the state that the caller gets.
void Run::stop_because(ErrorCode why, std::string message) {
  if (is_stopping_ || is_finished_) return;
  Error error(why, std::move(message));
  const Flight* earliest = nullptr;
  for (const std::unique_ptr<Flight>& flight : flights_) {
    if (flight->phase == Flight::Phase::Free) continue;
    if (!earliest || flight->index < earliest->index) earliest = flight.get();
  }
  if (earliest) {
    final_ = earliest->in;
    error_ = at_attempt(*earliest, std::move(error));
  } else {
    error_ = std::move(error).inside(graph_.name());
  }
  error_node_ = 0;  // nothing is earlier: this reason stays
  stop_flights(why == ErrorCode::Timeout ? AttemptEnd::TimedOut : AttemptEnd::Cancelled);
}

void Run::stop_flights(AttemptEnd why) {
  is_stopping_ = true;
  // By position: a step that ends at once frees its flight, but never removes one.
  for (std::size_t i = 0; i < flights_.size(); ++i) stop_flight(*flights_[i], why);
}

void Run::stop_flight(Flight& flight, AttemptEnd why) {
  // One that was told already keeps the grace period that it has.
  if (flight.phase == Flight::Phase::Free || flight.is_told_to_stop()) return;
  loop_.cancel(std::exchange(flight.timer, TimerId::None));
  if (flight.phase == Flight::Phase::BackingOff) {
    land(flight);
    return;
  }
  const std::uint32_t attempt = flight.number;
  flight.ask_to_stop(why);
  // A step that breaks the rule of stop callbacks may have ended in there.
  if (flight.phase != Flight::Phase::Waiting || flight.number != attempt) return;
  flight.timer = loop_.at(now_ + options_.limits.stop_grace, [this, &flight] {
    flight.timer = TimerId::None;
    move_on([this, &flight] { destroy_flight(flight); });
  });
}

// The grace period is over.
void Run::destroy_flight(Flight& flight) {
  flight.task = StartedTask();
  flight.note("the step did not stop when asked, and was destroyed where it waited");
  attempt_ended(flight, fail(ErrorCode::Cancelled, "the step did not stop when asked"));
}

void Run::fail_run(Index node, Error error, State had) {
  if (!error_ || node < error_node_) {
    error_ = std::move(error);
    error_node_ = node;
    final_ = std::move(had);
  }
  if (!is_stopping_) stop_flights(AttemptEnd::Cancelled);
}

// ---- Nodes and edges -------------------------------------------------------------------------

void Run::push_ready(Index node) {
  if (ready_first_ == kNoNode)
    ready_first_ = node;
  else
    slots_[ready_last_].next = node;
  ready_last_ = node;
}

Run::Index Run::pop_ready() {
  const Index node = ready_first_;
  ready_first_ = slots_[node].next;
  return node;
}

void Run::work_ready_queue() {
  const std::uint32_t parallel_max = std::max(options_.limits.parallel_max, 1U);
  while (ready_first_ != kNoNode && !is_stopping_ && in_flight_ < parallel_max)
    start_node(pop_ready());
}

void Run::start_node(Index node) {
  const CompiledNode& compiled = graph_.nodes()[node];
  Result<State> in = take_input(node);
  if (!in) {
    const std::string& name = compiled.node ? compiled.node->name : std::string(kEnd);
    fail_run(node, std::move(in).error().inside(name).inside(graph_.name()), given_);
    return;
  }
  if (compiled.exit == CompiledGraph::ExitKind::End) {
    final_ = *std::move(in);
    is_finished_ = true;
    return;
  }
  start_attempt(new_flight(node, *std::move(in)));
}

Flight& Run::new_flight(Index node, State in) {
  if (free_flights_.empty()) {
    flights_.push_back(std::make_unique<Flight>(*this));
    free_flights_.push_back(flights_.back().get());
  }
  Flight& flight = *free_flights_.back();
  free_flights_.pop_back();
  flight.phase = Flight::Phase::BackingOff;  // no attempt is open yet
  flight.index = node;
  flight.graph_node = &graph_.nodes()[node];
  flight.in = std::move(in);
  flight.number = 0;
  ++in_flight_;
  return flight;
}

void Run::land(Flight& flight) {
  flight.phase = Flight::Phase::Free;
  flight.in = State();
  flight.told = AttemptEnd::Running;
  if (flight.stop.stop_possible()) flight.stop = std::stop_source(std::nostopstate);
  free_flights_.push_back(&flight);
  --in_flight_;
}

void Run::decide_edges(Index node) {
  const CompiledNode& compiled = graph_.nodes()[node];
  const Index first = compiled.first_out;
  if (compiled.exit != CompiledGraph::ExitKind::Branch) {
    for (Index e = first; e < first + compiled.out_count; ++e) decide_edge(e, true);
    return;
  }
  Index chosen = first + compiled.out_count - 1;
  for (Index e = first; e < first + compiled.out_count - 1; ++e) {
    const Result<bool> held = graph_.edges()[e].when->holds(slots_[node].out);
    if (!held) {
      Error error = Error(held.error()).inside(compiled.node->name).inside(graph_.name());
      fail_run(node, std::move(error), slots_[node].out);
      return;
    }
    if (!*held) continue;
    chosen = e;
    break;
  }
  for (Index e = first; e < first + compiled.out_count; ++e) decide_edge(e, e == chosen);
  tell_dead();
}

void Run::decide_edge(Index edge, bool taken) {
  const CompiledGraph::CompiledEdge& e = graph_.edges()[edge];
  Slot& to = slots_[e.to];
  --to.undecided;
  if (taken) {
    ++to.taken;
    to.last_taken = edge;
    if (graph_.nodes()[e.to].in_count > 1) edge_taken_[edge] = true;
  } else {
    release_use(e.from);
  }
  if (to.undecided > 0) return;
  if (to.taken > 0)
    push_ready(e.to);
  else
    dying_.push_back(e.to);
}

void Run::tell_dead() {
  while (!dying_.empty()) {
    const CompiledNode& dead = graph_.nodes()[dying_.back()];
    dying_.pop_back();
    if (dead.in_count > 1) release_use(dead.dominator);
    for (Index e = dead.first_out; e < dead.first_out + dead.out_count; ++e) decide_edge(e, false);
  }
}

void Run::release_use(Index node) {
  if (--slots_[node].uses_left == 0) slots_[node].out = State();
}

Task<RunResult> drive(std::shared_ptr<Run> run) {
  co_await run->over();
  co_return run->take_result();
}

}  // namespace muai
