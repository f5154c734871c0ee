#pragma once

// Calling a tool from a step: traced, and answered from the recording when a run is replayed.
// Private to the steps.

#include <boost/json/fwd.hpp>
#include <string>

#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/graph/runtime.h"
#include "muai/tool/tool.h"

namespace muai {

// `tools` and `runtime` outlive the task.
Task<Result<boost::json::value>> call_tool(const ToolRegistry& tools, Runtime& runtime,
                                           std::string name, boost::json::value arguments);

}  // namespace muai
