#pragma once

// What one execution leaves behind: a TraceRecord, written as one line of the trace file
// (docs/formats/trace.md gives the wire form). Member names are the wire names.
//
// Plain value types, filled by the executor and read by statistics, signals, citation checks and
// replay. Times are Unix seconds, latencies milliseconds, money millionths of a US dollar (an
// integer, so that a day of traces sums exactly). Not thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "muai/core/error.h"
#include "muai/core/records.h"

namespace muai {

// The version of the line format. Readers take every version up to this one; lines without the
// member are those of the earlier system and count as 0.
inline constexpr std::int64_t kTraceSchemaVersion = 1;

// A failure as it is recorded. All three are non-empty in records made by `from_error`.
struct ErrorRecord {
  std::string error;       // the message
  std::string error_type;  // the error code's name, or the demangled type of an exception
  // One place a line, innermost first: "in WORKFLOW/NODE/STEP/ATTEMPT" when the error carries a
  // path, then "FILE:LINE FUNCTION" of where it was made and of each place that passed it on.
  std::string stack_trace;

  static ErrorRecord from_error(const Error& error);

  // For exceptions: the throw site's lines, as the application's hook collected them.
  static ErrorRecord from_error(const Error& error, std::string_view throw_site);

  friend bool operator==(const ErrorRecord&, const ErrorRecord&) = default;
};

// A workflow the router weighed.
struct CandidateRecord {
  std::string workflow;
  double score = 0;
  friend bool operator==(const CandidateRecord&, const CandidateRecord&) = default;
};

enum class ModelEventKind : std::uint8_t { Load, Unload, Evict, Fallback };

// "load", "unload", "evict", "fallback".
std::string_view to_string(ModelEventKind kind);

// A change in the model pool that happened on behalf of a step.
struct ModelEvent {
  ModelEventKind kind = ModelEventKind::Load;
  std::string model;
  std::string reason;  // in words: "first use", "idle for 31 s", "out of memory: 4bit tried"
  double timestamp = 0;
  friend bool operator==(const ModelEvent&, const ModelEvent&) = default;
};

// One call of a tool by a step.
struct ToolCallRecord {
  std::string name;
  std::string arguments;  // JSON text
  double start_time = 0;
  double latency_ms = 0;
  bool success = true;
  std::string error;  // empty when it succeeded
  friend bool operator==(const ToolCallRecord&, const ToolCallRecord&) = default;
};

enum class RecordingKind : std::uint8_t { Tool, Model };

// "tool", "model".
std::string_view to_string(RecordingKind kind);

// An answer from outside, kept so that the run can be replayed without asking again.
struct Recording {
  RecordingKind kind = RecordingKind::Tool;
  std::string name;            // of the tool or model
  std::string request_sha256;  // of the canonical request; what replay looks up
  std::string response;        // JSON text, or the model's text
  friend bool operator==(const Recording&, const Recording&) = default;
};

// The digest of a state value that a step took or gave.
struct KeyDigest {
  std::string key;
  std::string sha256;
  friend bool operator==(const KeyDigest&, const KeyDigest&) = default;
};

// One attempt of one step.
struct StepRecord {
  std::string step_name;
  std::string node;          // the graph's name for it; empty in lines of the earlier system
  std::string parent;        // node of the step that ran the sub-workflow; empty at the top
  std::int64_t attempt = 1;  // 1-based
  double start_time = 0;
  double end_time = 0;
  double latency_ms = 0;
  std::int64_t vram_peak_mb = 0;
  std::int64_t model_loads = 0;
  bool success = true;
  std::optional<ErrorRecord> error;  // present exactly when !success
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::int64_t cost_micro_usd = 0;
  std::vector<std::string> models;  // used, in order of first use
  std::vector<ModelEvent> model_events;
  std::vector<ToolCallRecord> tool_calls;
  std::vector<Recording> recordings;
  std::vector<KeyDigest> inputs;
  std::vector<KeyDigest> outputs;
  std::vector<std::string> notes;  // "page https://a.example/ failed: timeout"
  friend bool operator==(const StepRecord&, const StepRecord&) = default;
};

// Facts of the final state, as aggregates need them (see signals.h).
struct QualitySignals {
  std::int64_t citation_count = 0;
  std::int64_t answer_length = 0;  // Unicode code points of final_answer
  bool has_search = false;
  bool has_citations = false;
  bool has_structure = false;
  bool failure_occurred = false;
  friend bool operator==(const QualitySignals&, const QualitySignals&) = default;
};

// A value the line holds only the beginning of. The whole is in blobs/<sha256> beside the file.
struct TruncatedValue {
  std::string field;   // JSON pointer into the line: "/steps/2/recordings/0/response"; "" = all
  std::string sha256;  // of the whole (redacted) value; empty when it could not be kept
  std::int64_t bytes = 0;
  friend bool operator==(const TruncatedValue&, const TruncatedValue&) = default;
};

using NamedNumber = std::pair<std::string, double>;

struct TraceRecord {
  std::int64_t schema_version = kTraceSchemaVersion;
  std::string request_id;
  std::optional<std::string> conversation_id;
  std::string question;
  std::string chosen_workflow;
  std::string router_version;    // "v1", "v2", "v3", "none"
  std::string mode = "default";  // or "chat"
  std::optional<std::int64_t> turn_index;
  double timestamp = 0;  // when the run began
  bool success = true;
  std::optional<ErrorRecord> error;  // why the run failed; absent when success

  // Routing.
  std::vector<CandidateRecord> candidates;  // best first
  std::vector<std::string> route_reasons;
  std::optional<double> propensity;  // probability of the choice when it was drawn
  bool explored = false;
  std::string greedy_workflow;  // what would have been chosen without exploration
  bool shadow = false;          // a replay for learning: left out of statistics unless asked

  // Outcome.
  std::string final_answer;
  std::vector<std::string> urls_used;         // final URLs a later step read, in first-use order
  std::vector<std::string> citations;         // `[N]` is 1-based into this
  std::vector<std::int64_t> citation_counts;  // how often the answer says `[N]`, per citation
  std::vector<CitationSpan> citation_spans;
  QualitySignals quality_signals;

  // Cost.
  std::vector<NamedNumber> cost_stats;
  double wall_ms = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::int64_t cost_micro_usd = 0;
  std::int64_t retries = 0;

  std::vector<std::string> models;
  std::string given;  // JSON text of the state the run began with, for replay
  std::vector<std::string> notes;
  std::vector<StepRecord> steps;  // in order of their start

  // Filled by the writer; `steps_omitted` counts steps that did not fit the line.
  std::vector<TruncatedValue> truncated;
  std::int64_t steps_omitted = 0;

  friend bool operator==(const TraceRecord&, const TraceRecord&) = default;
};

}  // namespace muai
