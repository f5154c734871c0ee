// Any bytes in any pieces: the events are those of the whole stream, and no bound is passed.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/check.h"
#include "muai/net/sse.h"

namespace {

constexpr muai::SseLimits kLimits{.line_bytes_max = 512, .event_bytes_max = 1024};

struct Reading {
  std::vector<std::string> events;
  bool failed = false;
};

Reading read_in_pieces(std::string_view stream, std::size_t piece) {
  Reading reading;
  muai::SseReader reader(kLimits);
  const muai::SseSink sink = [&reading](const muai::SseEvent& event) -> muai::Result<void> {
    MUAI_CHECK(event.data.size() < kLimits.event_bytes_max);
    MUAI_CHECK(!event.type.empty());
    std::string all(event.type);
    for (const std::string_view part : {event.id, event.data}) (all += '\0') += part;
    reading.events.push_back(std::move(all));
    return {};
  };
  for (std::size_t at = 0; at < stream.size() && !reading.failed; at += piece)
    reading.failed = !reader.read(stream.substr(at, piece), sink);
  return reading;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const Reading whole = read_in_pieces(stream, stream.size() + 1);
  const Reading pieces = read_in_pieces(stream, std::size_t{1} + bytes[0] % 16);
  MUAI_CHECK(whole.failed == pieces.failed);
  MUAI_CHECK(whole.events == pieces.events);
  return 0;
}
