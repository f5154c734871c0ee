#pragma once

// A trace as a tree for people.

#include <string>

#include "muai/terminal.h"
#include "muai/trace/record.h"

namespace muai {

// One line for the run, one for each attempt of a step, and below it its tool calls, notes and
// error. Each step's line names node and step, so that the code is found by its name. No newline
// at the end. `stream` decides the colours.
std::string trace_tree(const TraceRecord& record, const Terminal& terminal, Stream stream);

}  // namespace muai
