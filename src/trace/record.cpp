#include "muai/trace/record.h"

#include <fmt/format.h>

namespace muai {

std::string_view to_string(ModelEventKind kind) {
  switch (kind) {
    case ModelEventKind::Load: return "load";
    case ModelEventKind::Unload: return "unload";
    case ModelEventKind::Evict: return "evict";
    case ModelEventKind::Fallback: return "fallback";
  }
  return "load";
}

std::string_view to_string(RecordingKind kind) {
  switch (kind) {
    case RecordingKind::Tool: return "tool";
    case RecordingKind::Model: return "model";
  }
  return "tool";
}

ErrorRecord ErrorRecord::from_error(const Error& error) { return from_error(error, {}); }

ErrorRecord ErrorRecord::from_error(const Error& error, std::string_view throw_site) {
  ErrorRecord record;
  record.error = error.message().empty() ? std::string(to_string(error.code())) : error.message();
  record.error_type = error.exception_type().empty() ? std::string(to_string(error.code()))
                                                     : error.exception_type();
  if (!error.path().empty()) {
    record.stack_trace = fmt::format("in {}\n", fmt::join(error.path(), "/"));
  }
  if (!throw_site.empty()) {
    record.stack_trace += throw_site;
    if (!throw_site.ends_with('\n')) record.stack_trace += '\n';
  }
  for (const std::source_location& where : error.trail()) {
    fmt::format_to(std::back_inserter(record.stack_trace), "{}:{} {}\n", where.file_name(),
                   where.line(), where.function_name());
  }
  if (record.stack_trace.empty()) record.stack_trace = "at an unknown place\n";
  record.stack_trace.pop_back();  // the final newline
  return record;
}

}  // namespace muai
