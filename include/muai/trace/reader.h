#pragma once

// Reads trace files: the named file and the ones rotation put beside it, as one sequence.
//
// Damage is never fatal: a line that is torn, not JSON, not a trace record or of a newer schema
// version is skipped and counted. Files of the earlier system are read (`steps_trace`, missing
// members at their defaults, `success` missing = true). Memory is one block and one line, however
// large the set. A reader is not thread-safe; files may grow while it reads.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/result.h"
#include "muai/trace/record.h"

namespace muai {

// One line, without its newline. InvalidInput names what is wrong; LimitExceeded for a schema
// version above ours. Thread-safe.
Result<TraceRecord> parse_trace_line(std::string_view line);

// What a walk came across. Blank lines (purged ones) are not counted.
struct ReadCounts {
  std::int64_t records = 0;
  std::int64_t damaged = 0;
  std::int64_t newer = 0;  // of a schema version above ours
};

enum class Walk : std::uint8_t { Continue, Stop };
enum class WalkOrder : std::uint8_t { NewestFirst, OldestFirst };

// Says which records to keep; an empty filter keeps all but shadow runs.
struct TraceFilter {
  std::string workflow = {};         // exact
  std::string conversation_id = {};  // exact
  std::optional<double> from = {};   // timestamp >= from
  std::optional<double> until = {};  // timestamp < until
  std::optional<bool> success = {};
  std::string error_type = {};  // exact, of the run or of one of its steps
  std::string text = {};  // substring of question, answer, an URL or an error; ASCII case ignored
  enum class Shadow : std::uint8_t { Exclude, Include, Only } shadow = Shadow::Exclude;

  bool matches(const TraceRecord& record) const;
};

class TraceReader {
 public:
  // `path` as in TraceOptions. A file that does not exist is an empty set.
  explicit TraceReader(std::string path);

  // The files of the set, oldest first.
  Result<std::vector<std::string>> files() const;

  using Visitor = std::function<Walk(TraceRecord&&)>;
  Result<ReadCounts> walk(WalkOrder order, const Visitor& visit) const;

  // At most `limit` matching records, newest first.
  Result<std::vector<TraceRecord>> select(const TraceFilter& filter, std::size_t limit) const;

  // `which`: "last"; a number counting from the newest (1 = last); a request_id, or the beginning
  // of exactly one. NotFound otherwise. Shadow runs are found by id only.
  Result<TraceRecord> find(std::string_view which) const;

  // Puts whole values from blobs/ back in place of truncated ones. Those that are missing or
  // damaged stay truncated, and stay listed in `truncated`.
  Result<TraceRecord> complete(TraceRecord record) const;

 private:
  std::string path_;
};

}  // namespace muai
