#pragma once

// Removes records from trace files for good.
//
// A record is removed by overwriting its line with blanks, in place: line ends stay, readers skip
// blank lines, processes that append meanwhile lose nothing, and a purge that was cut off is
// finished by the next. A file that has nothing left and is not the newest of its set is deleted,
// and so are blobs that only removed records named.

#include <cstdint>
#include <optional>
#include <string>

#include "muai/core/result.h"

namespace muai {

// A record is removed when it meets every condition given. A rule without conditions removes
// nothing.
struct PurgeRule {
  std::optional<double> before = {};  // timestamp < before, Unix seconds
  std::string conversation_id = {};   // exact
  std::string text = {};              // as TraceFilter::text; damaged lines are matched too
};

struct PurgeCounts {
  std::int64_t records = 0;
  std::int64_t files = 0;
  std::int64_t blobs = 0;
};

// `path` as in TraceOptions. Io on failure; what was removed until then stays removed.
Result<PurgeCounts> purge_traces(const std::string& path, const PurgeRule& rule);

// trace.keep_days: removes what is older than `days` at `now` (Unix seconds). Days <= 0 keep all.
struct KeepRule {
  double now = 0;
  std::int64_t days = 0;
};
Result<PurgeCounts> expire_traces(const std::string& path, const KeepRule& rule);

}  // namespace muai
