#pragma once

// RunRecord: what a run did, in memory: one entry per attempt of a step, made as the attempt
// starts and closed as it ends. Compact, because it is written on every run; `step_records` turns
// it into the form of the trace when somebody asks.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muai/async/loop.h"
#include "muai/core/error.h"
#include "muai/core/state.h"
#include "muai/core/usage.h"
#include "muai/graph/workflow.h"
#include "muai/trace/record.h"

namespace muai {

enum class AttemptEnd : std::uint8_t {
  Running,  // only while the run goes on
  Succeeded,
  Failed,     // by the step's own error, an exception, or its broken contract
  TimedOut,   // the attempt's timeout or the run's deadline
  Cancelled,  // by the caller, or because a parallel branch failed
};

struct RunRecord;

// What only some attempts have.
struct AttemptDetail {
  std::optional<Error> error;  // present exactly when the attempt did not succeed
  std::string throw_site;      // of an exception, when the executor has a hook for it
  Usage usage;
  std::vector<std::string> models;
  std::vector<ModelEvent> model_events;
  std::vector<ToolCallRecord> tool_calls;
  std::vector<Recording> recordings;
  std::vector<std::string> notes;
  std::vector<RunRecord> children;  // sub-workflows that this attempt ran, in order
};

struct AttemptRecord {
  std::uint32_t node = 0;     // index into the compiled graph's nodes
  std::uint32_t attempt = 1;  // 1-based
  AttemptEnd end = AttemptEnd::Running;
  TimePoint started;
  TimePoint ended;
  State in;                               // empty unless the run keeps states
  State out;                              // the same; also empty when the attempt did not succeed
  std::unique_ptr<AttemptDetail> detail;  // null when there is none
};

// Movable, not copyable.
struct RunRecord {
  Workflow workflow;
  TimePoint started;
  TimePoint ended;
  double unix_seconds = 0;              // wall clock at `started`
  std::vector<AttemptRecord> attempts;  // in order of their start

  Duration wall() const { return ended - started; }
  // Sums over all attempts, those of sub-workflows included.
  Usage usage() const;
  std::int64_t retries() const;  // attempts beyond each node's first
};

// The steps of the trace, in order of their start; those of sub-workflows name the node that ran
// them as their parent ("outer/inner" when that itself was in a sub-workflow). Digests of inputs
// and outputs are there when the run kept its states.
std::vector<StepRecord> step_records(const RunRecord& record);

}  // namespace muai
