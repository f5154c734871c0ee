#include "muai/trace/sink.h"

namespace muai {

Result<void> MemorySink::begin(const RunStart& start) {
  starts_.push_back(start);
  return {};
}

Result<void> MemorySink::append(const TraceRecord& record) {
  records_.push_back(record);
  return {};
}

Result<TraceContent> parse_trace_content(std::string_view name) {
  if (name == "full") return TraceContent::Full;
  if (name == "hashed") return TraceContent::Hashed;
  if (name == "off") return TraceContent::Off;
  return fail(ErrorCode::InvalidConfig,
              "trace.content is '" + std::string(name) + "': use full, hashed or off");
}

}  // namespace muai
