#pragma once

// Where trace records go.
//
// TraceSink is the seam; JsonlSink writes the trace file and MemorySink keeps records for programs
// that read them back at once. A sink belongs to one loop: it is not thread-safe. Any number of
// processes may append to one trace file.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/result.h"
#include "muai/trace/record.h"

namespace muai {

// What is known when a run begins; enough to report it should the process die during it.
struct RunStart {
  std::string request_id = {};
  std::string question = {};
  std::string chosen_workflow = {};
  std::string mode = "default";
  std::optional<std::string> conversation_id = {};
  std::optional<std::int64_t> turn_index = {};
  double timestamp = 0;  // Unix seconds; the same value goes into TraceRecord::timestamp
};

class TraceSink {
 public:
  TraceSink() = default;
  TraceSink(const TraceSink&) = delete;
  TraceSink& operator=(const TraceSink&) = delete;
  virtual ~TraceSink() = default;

  // Announces a run. An error means only that a sudden death would go unreported; the caller
  // gives a notice and goes on.
  virtual Result<void> begin(const RunStart& start) = 0;

  // Keeps the record of a finished run and withdraws its announcement. On success the record is
  // acknowledged: it survives the death of this process. On failure the caller gives a notice and
  // the execution goes on.
  virtual Result<void> append(const TraceRecord& record) = 0;
};

// What of the content a trace keeps. Names, times, counts, costs and error types always stay.
enum class TraceContent : std::uint8_t {
  Full,
  Hashed,  // each text and URL is replaced by "sha256:<hex>": equal ones stay recognisable, and
           // short ones can be guessed
  Off,     // each is replaced by ""
};

// "full", "hashed", "off"; anything else is InvalidConfig.
Result<TraceContent> parse_trace_content(std::string_view name);

enum class RotatePeriod : std::uint8_t { Never, Daily };  // by the UTC day of the record

struct TraceOptions {
  std::string path = {};  // e.g. data/traces/workflow_traces.jsonl; folders are made, 0700
  TraceContent content = TraceContent::Full;
  std::vector<std::string> secrets = {};  // never written (see redact.h)
  std::int64_t rotate_bytes = 0;          // a file this large is followed by a new one; 0 = never
  RotatePeriod rotate_period = RotatePeriod::Never;
};

// Appends one line per record with one write() of at most 64 KiB, so that lines of several
// processes never mix and a kill leaves at most one torn line, at the end. Beside the file stand
// `blobs/` (values too large for a line) and `runs/` (start marks).
class JsonlSink final : public TraceSink {
 public:
  // Makes folders and file as needed and ends an unfinished last line. Io on failure.
  static Result<std::unique_ptr<JsonlSink>> open(TraceOptions options);
  ~JsonlSink() override;

  Result<void> begin(const RunStart& start) override;
  Result<void> append(const TraceRecord& record) override;

  // Writes a failed line ("interrupted: the process ended during the run", error_type
  // "interrupted") for every start mark whose process is gone, exactly once even when several
  // processes try. Returns how many it wrote. Call it once after open.
  Result<std::int64_t> report_interrupted();

  // The file now being appended to (changes by rotation).
  const std::string& current_path() const;

  // Values that did not fit a line and could not be kept as blobs either since open.
  std::int64_t values_lost() const;

 private:
  struct State;
  explicit JsonlSink(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class MemorySink final : public TraceSink {
 public:
  Result<void> begin(const RunStart& start) override;
  Result<void> append(const TraceRecord& record) override;

  const std::vector<RunStart>& starts() const { return starts_; }
  const std::vector<TraceRecord>& records() const { return records_; }

 private:
  std::vector<RunStart> starts_;
  std::vector<TraceRecord> records_;
};

}  // namespace muai
