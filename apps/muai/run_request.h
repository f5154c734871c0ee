#pragma once

// Running a request for somebody who watches: what happens meanwhile, and what remains.

#include "muai/command.h"
#include "muai/engine/engine.h"

namespace muai {

// Runs `request` with its progress on stderr. Ctrl-C stops it; the trace stays.
Execution run_request(Invocation& invocation, Engine& engine, ExecutionRequest request);

// The last line of a run on stderr: "trace 1f2e3d4c5b6a · 4 steps · 23 ms"; with `--trace` the
// whole tree in its place.
void say_trace(Invocation& invocation, const TraceRecord& record);

// The part of a trace's id that people read and type: enough to be one of a user's traces.
std::string short_id(const TraceRecord& record);

}  // namespace muai
