#pragma once

// Turns lines back into records. Holds buffers that are reused, so one parser serves a whole walk.

#include <simdjson.h>

#include <memory>
#include <string>
#include <string_view>

#include "muai/core/result.h"
#include "muai/trace/record.h"

namespace muai {

class LineParser {
 public:
  // As parse_trace_line.
  Result<TraceRecord> parse(std::string_view line);

 private:
  simdjson::dom::parser parser_;
  std::string padded_;
};

}  // namespace muai
