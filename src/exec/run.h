#pragma once

// Run: one execution of one workflow.
//
// Invariants, between two callbacks of the loop:
//   - every node is undecided, waiting in the ready queue, in flight, done, or dead;
//   - a Flight exists exactly for each attempt that has started and not ended, and for each node
//     that waits for its back-off;
//   - once the run is stopping, nothing new starts, and it is over when the last flight lands.
//
// Everything that can move a run on (a task that ended, a timer, a stop request) enters through
// `move_on`, which then works the ready queue until nothing more can be done at once. Nothing may
// touch the run after `move_on`: it may have resumed the coroutine that owns it.

#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "exec/flight.h"
#include "muai/async/loop.h"
#include "muai/exec/executor.h"
#include "muai/graph/compiled_graph.h"

namespace muai {

class Run : public std::enable_shared_from_this<Run> {
 public:
  using Index = CompiledGraph::Index;
  using CompiledNode = CompiledGraph::CompiledNode;

  // `parent` is the attempt that runs this as a sub-workflow, or null; it outlives the run.
  Run(const Executor& executor, Workflow workflow, State given, RunOptions options, Flight* parent);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run();

  // co_await run->over();
  struct Over {
    Run& run;
    bool await_ready() const { return run.begin(); }
    void await_suspend(std::coroutine_handle<> waiter) const { run.waiter_ = waiter; }
    void await_resume() const noexcept {}
  };
  Over over() { return Over{*this}; }
  RunResult take_result();

  // Ends a run whose waiter has gone: destroys what is in flight, closes its attempts.
  RunRecord abandon();

  const Executor& executor() const { return executor_; }
  const RunOptions& options() const { return options_; }
  const CompiledGraph& graph() const { return graph_; }
  Flight* parent() const { return parent_; }
  std::uint32_t depth() const { return depth_; }
  void emit(const Flight& flight, RunEvent event) const;

  // A task that ended later than inside its first call.
  void task_ended(Flight& flight, Result<State> result);

 private:
  // What a node knows while the run goes on.
  struct Slot {
    State out;             // its output, until everybody has looked
    Index undecided = 0;   // edges into it that are neither taken nor dead
    Index taken = 0;       // edges into it that are taken
    Index last_taken = 0;  // position of the latest of them
    Index uses_left = 0;   // looks at `out` still to come
    Index next = kNoNode;  // in the ready queue
  };
  // What a node changed; kept only for graphs whose branches cross.
  struct Write {
    KeyId key;
    ValuePtr before;  // null when the key was absent
    ValuePtr after;
  };

  static constexpr Index kNoNode = CompiledGraph::kNoNode;

  // run.cpp: the life of the run.
  bool begin();
  std::optional<Error> refusal() const;
  template <class Work>
  void move_on(Work work);
  void work_ready_queue();
  bool is_over() const { return is_finished_ || (is_stopping_ && in_flight_ == 0); }
  void finish();
  void stop_because(ErrorCode why, std::string message);
  void stop_flights(AttemptEnd why);
  void stop_flight(Flight& flight, AttemptEnd why);
  void destroy_flight(Flight& flight);
  void watch_deadline();
  void fail_run(Index node, Error error, State had);

  // run.cpp: nodes and edges.
  void push_ready(Index node);
  Index pop_ready();
  void start_node(Index node);
  Flight& new_flight(Index node, State in);
  void land(Flight& flight);
  void decide_edges(Index node);
  void decide_edge(Index edge, bool taken);
  void tell_dead();
  void release_use(Index node);

  // attempts.cpp: one attempt after the other.
  void start_attempt(Flight& flight);
  std::optional<Result<State>> call_body(Flight& flight);
  void attempt_ended(Flight& flight, Result<State> result);
  Result<State> accept(Flight& flight, Result<State> result);
  std::optional<Error> missing_input(const Flight& flight) const;
  Result<State> keep_contract(const Flight& flight, State out) const;
  Error broken_contract(const Flight& flight, KeyId undeclared, const State& out) const;
  void node_succeeded(Flight& flight, State out);
  void attempt_failed(Flight& flight, Error error);
  bool retry_later(Flight& flight, const Error& error);
  void close_attempt(Flight& flight, AttemptEnd end, const Error* error);
  void wait_for(Flight& flight);
  Error at_attempt(const Flight& flight, Error error) const;

  // joins.cpp
  Result<State> take_input(Index node);
  void look_at_inputs(Index node);
  Result<State> join_nested(Index node);
  Result<State> join_crossing(Index node);
  Result<void> bring(State& joined, KeyId key, const ValuePtr& before, const ValuePtr& after) const;
  bool holds_writes_of(Index node, Index writer) const;
  void add_history(Index node, Index from);
  void note_writes(Index node, const State& in, const State& out);

  const Executor& executor_;
  Loop& loop_;
  Workflow workflow_;
  const CompiledGraph& graph_;
  RunOptions options_;
  Flight* parent_;
  Run& root_;  // counts the attempts of all sub-workflows
  std::uint32_t depth_;
  std::uint32_t attempts_started_ = 0;  // of the root only
  std::uint32_t in_flight_ = 0;
  bool is_moving_ = false;
  bool is_stopping_ = false;
  bool is_finished_ = false;  // the end was reached
  TimePoint now_;             // the latest reading of the clock

  std::unique_ptr<Slot[]> slots_;
  std::vector<bool> edge_taken_;
  Index ready_first_ = kNoNode;
  Index ready_last_ = kNoNode;
  // For graphs whose branches cross: a bit row per node, of the nodes whose writes its input (and
  // once it succeeded, itself) holds; and those writes.
  std::vector<std::uint64_t> history_;
  std::size_t history_words_ = 0;
  std::vector<std::vector<Write>> writes_;
  std::vector<std::unique_ptr<Flight>> flights_;
  std::vector<Flight*> free_flights_;
  std::vector<Index> dying_;  // nodes found dead, whose edges are still to be told

  State given_;
  State final_;
  std::optional<Error> error_;
  Index error_node_ = kNoNode;
  RunRecord record_;
  TimerId deadline_timer_ = TimerId::None;
  std::coroutine_handle<> waiter_;

  // Runs on whatever thread asks to stop, so it only posts.
  struct PostStop {
    Loop* loop;
    std::weak_ptr<Run> run;
    void operator()() const;
  };
  std::optional<std::stop_callback<PostStop>> on_stop_;
};

// Runs `run` to its end. The coroutine behind Executor::run and sub-workflows.
Task<RunResult> drive(std::shared_ptr<Run> run);

template <class Work>
void Run::move_on(Work work) {
  now_ = loop_.now();
  if (is_moving_) {
    work();
    return;
  }
  is_moving_ = true;
  work();
  work_ready_queue();
  is_moving_ = false;
  if (is_over() && waiter_) {
    finish();
    std::exchange(waiter_, nullptr).resume();
  }
}

}  // namespace muai
