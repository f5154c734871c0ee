#pragma once

// Executor: runs workflows.
//
//   Executor executor(loop, pool, &workflows);
//   RunResult result = co_await executor.run(search_qa, given, {.deadline = loop.now() + 60s});
//
// A node starts when its inputs are there, so independent branches run side by side; results are
// brought together in edge order and do not depend on timing. Steps run on the loop thread; those
// that wait hold nothing. The first failure stops everything else, which is joined before the run
// returns; the error is the earliest in edge order, with the path workflow/node/step/attempt.
//
// Stopping (a timeout, the deadline, the caller, a failed sibling) asks the attempt's stop token;
// what the step gives afterwards is dropped. A step that has not ended `stop_grace` later is
// destroyed where it waits. So a run is over at most `stop_grace` after its deadline, unless a
// step blocks the loop thread.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "muai/async/loop.h"
#include "muai/async/pool.h"
#include "muai/async/task.h"
#include "muai/core/registry.h"
#include "muai/core/result.h"
#include "muai/core/state.h"
#include "muai/exec/replay.h"
#include "muai/exec/run_record.h"
#include "muai/graph/runtime.h"
#include "muai/graph/workflow.h"

namespace muai {

struct RunLimits {
  std::uint32_t attempts_max = 10'000;  // of all steps together, sub-workflows included
  std::uint32_t parallel_max = 1000;    // nodes of one workflow in flight at a time; at least 1
  std::uint32_t depth_max = 8;          // workflows inside workflows; 0: none
  Duration stop_grace = std::chrono::milliseconds(100);
};

// Whether the record keeps each attempt's states, for digests in the trace.
enum class KeptStates : std::uint8_t { None, All };

// Something that just happened, for people who watch. The views live during the call only.
struct RunEvent {
  enum class Kind : std::uint8_t { StepStarted, StepEnded, StepProgress };
  Kind kind = Kind::StepStarted;
  std::string_view workflow = {};
  std::string_view parent = {};  // node that ran this sub-workflow; empty at the top
  std::string_view node = {};
  std::string_view step = {};
  std::int64_t attempt = 1;
  TimePoint at = {};
  AttemptEnd end = AttemptEnd::Running;  // StepEnded
  const Error* error = nullptr;          // StepEnded without success
  const Progress* progress = nullptr;    // StepProgress
};

struct RunOptions {
  std::string request_id = {};
  TimePoint deadline = kNever;  // of the loop's clock; bounds everything, back-off included
  std::stop_token stop = {};    // may be asked for on any thread
  RunLimits limits = {};
  KeptStates states = KeptStates::None;
  // Called on the loop thread, in order; must not throw. StepStarted comes before the first
  // instruction of the step's body.
  std::function<void(const RunEvent&)> on_event = {};
  Replay* replay = nullptr;  // recorded answers in place of the outside world; outlives the run
};

struct RunResult {
  // The final state. When the run failed: what the step to blame had been given, so that work
  // done before is not lost.
  State state;
  Result<void> status;
  RunRecord record;
};

// Loop thread only. Holds nothing per run; must outlive the tasks of its runs.
class Executor {
 public:
  // Gives the place where the exception now being handled was thrown, one line per frame; empty
  // when it is not known. Called at the step boundary.
  using ThrowSite = std::string (*)();

  // `workflows` is where Runtime::run finds sub-workflows; may be null. All must outlive this.
  Executor(Loop& loop, Pool& pool, const Registry<Workflow>* workflows = nullptr,
           ThrowSite throw_site = nullptr);

  // Lazy: nothing runs before the task is awaited. Never throws; every failure is in `status`.
  // Destroying the task ends the run where it stands. REQUIRES: `workflow` is not empty.
  Task<RunResult> run(Workflow workflow, State given, RunOptions options = {});

  Loop& loop() const { return loop_; }
  Pool& pool() const { return pool_; }
  const Registry<Workflow>* workflows() const { return workflows_; }
  ThrowSite throw_site() const { return throw_site_; }

 private:
  Loop& loop_;
  Pool& pool_;
  const Registry<Workflow>* workflows_;
  ThrowSite throw_site_;
};

}  // namespace muai
