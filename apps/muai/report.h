#pragma once

// How results and failures are said, the same for every command.

#include <boost/json/fwd.hpp>
#include <string_view>

#include "muai/command.h"
#include "muai/core/error.h"

namespace muai {

// One line of JSON on stdout.
void print_json(Terminal& terminal, const boost::json::value& value);

// Says on stderr what failed, where and what to do, with the trace of the run when there is one;
// with --json also as {"error": {...}, "trace_id"} on stdout. Returns how the program ends.
ExitCode report_failure(Invocation& invocation, const Error& error, std::string_view trace_id = {});

}  // namespace muai
