#include "engine/execution_record.h"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>

#include "muai/core/keys.h"
#include "muai/text/key_points.h"
#include "muai/trace/signals.h"

namespace muai {
namespace json = boost::json;
namespace {

// Weights of normalised cost per unit: milliseconds, megabytes, loads.
constexpr double kCostPerMs = 0.5 / 10'000;
constexpr double kCostPerMb = 0.3 / 4'000;
constexpr double kCostPerLoad = 0.2 / 5;

template <class T>
T value_or(const State& state, const Key<T>& key, T fallback) {
  const T* value = state.find(key);
  return value ? *value : std::move(fallback);
}

TraceRecord common_record(const ExecutionRequest& request, const std::string& request_id) {
  TraceRecord record;
  record.request_id = request_id;
  record.question = value_or(request.given, keys::question, std::string());
  record.conversation_id = value_or(request.given, keys::conversation_id, {});
  record.turn_index = value_or(request.given, keys::turn_index, {});
  record.chosen_workflow = request.workflow;
  record.router_version = request.router_version;
  record.route_reasons = request.route_reasons;
  record.mode = request.mode;
  if (const Result<std::string> given = state_to_json(request.given)) record.given = *given;
  return record;
}

// URLs whose text a later step read, in first-use order: the pages of the final state that some
// step could summarise or answer from.
std::vector<std::string> urls_used(const State& state) {
  std::vector<std::string> urls;
  if (const TextMap* docs = state.find(keys::docs))
    for (const auto& [url, text] : *docs) urls.push_back(url);
  return urls;
}

std::vector<std::int64_t> mark_counts(std::string_view answer, std::size_t citations) {
  std::vector<std::int64_t> counts(citations, 0);
  for (const int mark : citation_marks(answer))
    if (mark >= 1 && static_cast<std::size_t>(mark) <= citations)
      ++counts[static_cast<std::size_t>(mark) - 1];
  return counts;
}

void add_outcome(const State& state, TraceRecord& record) {
  record.final_answer = value_or(state, keys::final_answer, std::string());
  record.urls_used = urls_used(state);
  record.citations = value_or(state, keys::citations, {});
  record.citation_spans = value_or(state, keys::citation_spans, {});
  record.citation_counts = mark_counts(record.final_answer, record.citations.size());
  const json::value* lesson = state.find(keys::lesson_explain_structured);
  record.quality_signals =
      quality_signals({.citations = record.citations,
                       .final_answer = record.final_answer,
                       .steps = record.steps,
                       .lesson = lesson && !lesson->is_null() ? LessonStructure::Present
                                                              : LessonStructure::Absent});
}

void add_cost(const RunRecord& run, TraceRecord& record) {
  const Usage usage = run.usage();
  double latency_ms = 0;
  for (const StepRecord& step : record.steps) latency_ms += step.latency_ms;
  record.wall_ms = std::chrono::duration<double, std::milli>(run.wall()).count();
  record.prompt_tokens = usage.prompt_tokens;
  record.completion_tokens = usage.completion_tokens;
  record.cost_micro_usd = usage.cost_micro_usd;
  record.retries = run.retries();
  const auto vram = static_cast<double>(usage.vram_peak_mb);
  const auto loads = static_cast<double>(usage.model_loads);
  record.cost_stats = {
      {"latency_ms", latency_ms},
      {"vram_peak_mb", vram},
      {"model_loads", loads},
      {"normalized_cost", latency_ms * kCostPerMs + vram * kCostPerMb + loads * kCostPerLoad}};
  for (const StepRecord& step : record.steps)
    for (const std::string& model : step.models)
      if (std::find(record.models.begin(), record.models.end(), model) == record.models.end())
        record.models.push_back(model);
}

}  // namespace

TraceRecord make_trace_record(const ExecutionRequest& request, const std::string& request_id,
                              double timestamp, const RunResult& result) {
  TraceRecord record = common_record(request, request_id);
  record.timestamp = timestamp;
  record.steps = step_records(result.record);
  record.success = result.status.has_value();
  if (!result.status) record.error = ErrorRecord::from_error(result.status.error());
  try {
    add_outcome(result.state, record);
  } catch (const StateAccess& access) {
    // A file-declared key can hold JSON that its type does not fit; the trace still gets the rest.
    record.notes.push_back("the final state could not be read: " + access.error().message());
  }
  add_cost(result.record, record);
  return record;
}

TraceRecord make_failed_record(const ExecutionRequest& request, const std::string& request_id,
                               double timestamp, const Error& error) {
  TraceRecord record = common_record(request, request_id);
  record.timestamp = timestamp;
  record.success = false;
  record.error = ErrorRecord::from_error(error);
  return record;
}

}  // namespace muai
