// Any bytes as a trace line: reading never fails badly, what was read can be written and read
// again unchanged, and redaction is total.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "muai/trace/reader.h"
#include "muai/trace/redact.h"
#include "trace/line_writer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace muai;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  static const Redactor redactor({"hunter2"});
  const std::string cleaned = redactor.redacted(text);
  if (redactor.is_clean(text) != (cleaned == text)) std::abort();

  const auto record = parse_trace_line(text);
  if (!record) return 0;
  BlobFolder nowhere("/proc/none");
  LineWriter writer(redactor, TraceContent::Full);
  const std::string line(writer.write(*record, nowhere));
  if (line.size() > kTraceLineBytesMax) std::abort();
  const auto again = parse_trace_line(line);
  if (!again || again->steps.size() +
                        static_cast<std::size_t>(again->steps_omitted - record->steps_omitted) !=
                    record->steps.size()) {
    std::abort();
  }
  return 0;
}
