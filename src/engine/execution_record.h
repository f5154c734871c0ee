#pragma once

// From a finished run to its trace record. Private to the engine.

#include "muai/engine/engine.h"
#include "muai/exec/executor.h"
#include "muai/trace/record.h"

namespace muai {

// `timestamp` is that of the start mark: the two together say which run a leftover mark was of.
TraceRecord make_trace_record(const ExecutionRequest& request, const std::string& request_id,
                              double timestamp, const RunResult& result);

// For a request that could not begin to run.
TraceRecord make_failed_record(const ExecutionRequest& request, const std::string& request_id,
                               double timestamp, const Error& error);

}  // namespace muai
