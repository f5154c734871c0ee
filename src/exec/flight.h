#pragma once

// Flight: one attempt under way, and the Runtime that its step sees.

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "muai/async/loop.h"
#include "muai/async/start.h"
#include "muai/exec/run_record.h"
#include "muai/graph/compiled_graph.h"
#include "muai/graph/runtime.h"

namespace muai {

class Run;

// Reused by its run for one attempt after the other, so that steps which end at once cost no
// allocation. Its address is stable.
class Flight final : public Runtime {
 public:
  explicit Flight(Run& run) : run_(run) {}

  Loop& loop() override;
  Pool& pool() override;
  std::stop_token stop_token() override;
  TimePoint deadline() const override { return until; }
  std::string_view request_id() const override;
  std::string_view workflow() const override;
  std::string_view node() const override { return graph_node->node->name; }
  std::int64_t attempt() const override { return number; }
  const boost::json::value& settings() const override;
  void note(std::string text) override { details().notes.push_back(std::move(text)); }
  void add_usage(const Usage& usage) override { details().usage += usage; }
  void add_model(std::string_view model) override;
  void add_model_event(ModelEvent event) override;
  void add_tool_call(ToolCallRecord call) override;
  void progress(const Progress& progress) override;
  Task<Result<State>> run(std::string workflow_name, State given) override;
  bool is_replay() const override;
  std::optional<std::string> recall(RecordingKind kind, std::string_view name,
                                    std::string_view request) override;
  void record(RecordingKind kind, std::string_view name, std::string_view request,
              std::string_view response) override;

  Run& owner() const { return run_; }

  AttemptDetail& details() {
    if (!detail) detail = std::make_unique<AttemptDetail>();
    return *detail;
  }

  // Asks the step to end; what it gives from now on is dropped.
  void ask_to_stop(AttemptEnd why);
  bool is_told_to_stop() const { return told != AttemptEnd::Running; }

  // State of the attempt; the run's business.
  enum class Phase : std::uint8_t { Free, Calling, Waiting, BackingOff };
  Phase phase = Phase::Free;
  AttemptEnd told = AttemptEnd::Running;  // why it was told to stop
  std::uint32_t number = 0;               // of the attempt, 1-based
  CompiledGraph::Index index = 0;         // of the node
  const CompiledGraph::CompiledNode* graph_node = nullptr;
  std::size_t record_index = 0;  // into the run's attempts
  State in;
  TimePoint until = kNever;
  std::unique_ptr<AttemptDetail> detail;
  std::string throw_site;
  std::optional<Result<State>> result;      // of a task that ended inside its first call
  TimerId timer = TimerId::None;            // timeout, back-off or grace
  std::stop_source stop{std::nostopstate};  // made when the step asks for it
  StartedTask task;                         // last: destroyed first, while the rest is there

 private:
  Run& run_;
};

}  // namespace muai
