#pragma once

// Runtime: what a running step may use of the world around it.
//
//   Task<Result<State>> run(State in, Runtime& runtime) {
//     runtime.progress({.text = "reading", .done = 1, .total = 3});
//     auto work = [text = in[question]] { return analyse(text); };
//     auto terms = co_await on_pool(runtime.pool(), std::move(work), runtime.stop_token());
//     ...
//   }
//
// One Runtime belongs to one attempt of one step. The executor makes it; it lives until the task
// of the attempt is gone. Loop thread only.

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "muai/async/loop.h"
#include "muai/async/pool.h"
#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/core/state.h"
#include "muai/core/usage.h"
#include "muai/trace/record.h"

namespace muai {

// How far a step is, for people who watch. `text` says what is being done, or, for Text, is the
// next piece of an answer that is being written.
struct Progress {
  enum class Kind : std::uint8_t { Status, Text };
  Kind kind = Kind::Status;
  std::string text = {};
  std::int64_t done = 0;
  std::int64_t total = 0;  // 0: not known
};

class Runtime {
 public:
  Runtime() = default;
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  virtual ~Runtime() = default;

  virtual Loop& loop() = 0;

  // Where work goes that blocks or takes over a millisecond.
  virtual Pool& pool() = 0;

  // Asked for when the attempt shall end early: time is up, the run was cancelled, or a parallel
  // branch failed. Give it to everything that waits. What the step returns afterwards is dropped;
  // a step that does not end within the grace period is destroyed where it waits.
  virtual std::stop_token stop_token() = 0;

  // When the attempt's time is up: the earlier of its own timeout and the run's deadline. kNever
  // when there is neither.
  virtual TimePoint deadline() const = 0;

  virtual std::string_view request_id() const = 0;
  virtual std::string_view workflow() const = 0;
  virtual std::string_view node() const = 0;
  virtual std::int64_t attempt() const = 0;  // 1-based

  // The node's settings, null when it has none. Lives as long as the workflow.
  virtual const boost::json::value& settings() const = 0;

  // A line for the step's trace: "page https://a.example/ failed: timeout".
  virtual void note(std::string text) = 0;

  virtual void add_usage(const Usage& usage) = 0;
  virtual void add_model(std::string_view model) = 0;  // used by this step; once per name
  virtual void add_model_event(ModelEvent event) = 0;
  virtual void add_tool_call(ToolCallRecord call) = 0;

  // For people who watch; nothing is kept.
  virtual void progress(const Progress& progress) = 0;

  // Runs a registered workflow on `given` and gives its final state. Its steps become steps of
  // this run's record, with this node as their parent; this attempt's deadline and stop token hold
  // for it too. NotFound for an unknown name, LimitExceeded beyond the depth bound; a failure
  // inside carries its own path.
  virtual Task<Result<State>> run(std::string workflow_name, State given) = 0;

  // True while a recorded run is replayed: what recall does not know must not be asked outside.
  virtual bool is_replay() const = 0;

  // The recorded answer to a request, when a run is replayed. Equal requests are answered in the
  // order in which they were recorded. `request` is canonical JSON, the same text as for `record`.
  virtual std::optional<std::string> recall(RecordingKind kind, std::string_view name,
                                            std::string_view request) = 0;

  // Keeps an answer from outside in the step's record, so that the run can be replayed.
  virtual void record(RecordingKind kind, std::string_view name, std::string_view request,
                      std::string_view response) = 0;
};

}  // namespace muai
