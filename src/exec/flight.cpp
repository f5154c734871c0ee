#include "exec/flight.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/json.hpp>

#include "exec/run.h"
#include "muai/core/nearest.h"
#include "muai/core/sha256.h"

namespace muai {
namespace {

// Hands the record of a sub-workflow to the attempt that ran it, however that ends.
class ChildRun {
 public:
  ChildRun(Flight& parent, std::shared_ptr<Run> run) : parent_(parent), run_(std::move(run)) {}
  ChildRun(const ChildRun&) = delete;
  ChildRun& operator=(const ChildRun&) = delete;
  ~ChildRun() {
    if (run_) keep(run_->abandon());
  }

  const std::shared_ptr<Run>& run() const { return run_; }

  void keep(RunRecord record) {
    run_.reset();
    parent_.details().children.push_back(std::move(record));
  }

 private:
  Flight& parent_;
  std::shared_ptr<Run> run_;
};

}  // namespace

Loop& Flight::loop() { return run_.executor().loop(); }
Pool& Flight::pool() { return run_.executor().pool(); }
std::string_view Flight::request_id() const { return run_.options().request_id; }
std::string_view Flight::workflow() const { return run_.graph().name(); }
bool Flight::is_replay() const { return run_.options().replay != nullptr; }

std::stop_token Flight::stop_token() {
  if (!stop.stop_possible()) {
    stop = std::stop_source();
    if (is_told_to_stop()) stop.request_stop();
  }
  return stop.get_token();
}

void Flight::ask_to_stop(AttemptEnd why) {
  told = why;
  if (stop.stop_possible()) stop.request_stop();
}

const boost::json::value& Flight::settings() const {
  static const boost::json::value kNull;
  const std::shared_ptr<const boost::json::value>& given = graph_node->node->options.settings;
  return given ? *given : kNull;
}

void Flight::add_model(std::string_view model) {
  std::vector<std::string>& models = details().models;
  if (std::find(models.begin(), models.end(), model) == models.end()) models.emplace_back(model);
}

void Flight::add_model_event(ModelEvent event) {
  details().model_events.push_back(std::move(event));
}

void Flight::add_tool_call(ToolCallRecord call) { details().tool_calls.push_back(std::move(call)); }

void Flight::progress(const Progress& progress) {
  RunEvent event;
  event.kind = RunEvent::Kind::StepProgress;
  event.progress = &progress;
  event.at = loop().now();
  run_.emit(*this, event);
}

// `this` lives until the task that awaits the result is gone.
Task<Result<State>> Flight::run(std::string workflow_name, State given) {
  const Registry<Workflow>* workflows = run_.executor().workflows();
  if (!workflows)
    co_return fail(ErrorCode::NotFound,
                   fmt::format("no workflow '{}'; none are registered", workflow_name));
  MUAI_CO_TRY(const Workflow* const workflow, workflows->lookup(workflow_name));
  const std::uint32_t depth_max = run_.options().limits.depth_max;
  if (run_.depth() >= depth_max) {
    co_return fail(ErrorCode::LimitExceeded,
                   fmt::format("workflow '{}' would be {} workflows deep; at most {} are allowed",
                               workflow_name, run_.depth() + 1, depth_max));
  }
  RunOptions options = run_.options();
  options.deadline = until;
  options.stop = stop_token();
  ChildRun child(*this, std::make_shared<Run>(run_.executor(), *workflow, std::move(given),
                                              std::move(options), this));
  RunResult ended = co_await drive(child.run());
  child.keep(std::move(ended.record));
  if (!ended.status) co_return pass(std::move(ended.status));
  co_return std::move(ended.state);
}

std::optional<std::string> Flight::recall(RecordingKind kind, std::string_view name,
                                          std::string_view request) {
  Replay* replay = run_.options().replay;
  if (!replay) return std::nullopt;
  return replay->answer(kind, name, request);
}

void Flight::record(RecordingKind kind, std::string_view name, std::string_view request,
                    std::string_view response) {
  details().recordings.push_back(
      {kind, std::string(name), sha256_hex(request), std::string(response)});
}

}  // namespace muai
