#pragma once

// Several segments become one; what was removed of them is forgotten.

#include <cstdint>
#include <span>
#include <stop_token>

#include "muai/core/result.h"
#include "muai/store/database.h"
#include "store/segment_table.h"

namespace muai {

// `segments` are neighbours, in order. Runs inside a transaction of the caller. Memory: some blocks
// of each segment, a number for each of their passages, and their terms of a to z.
Result<void> merge_segments(Database& database, std::span<const SegmentRow> segments,
                            std::int64_t level, const std::stop_token& stop);

}  // namespace muai
