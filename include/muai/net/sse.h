#pragma once

// Server-Sent Events, read as they arrive.
//
//   SseReader reader;
//   request.on_body = [&](std::string_view bytes) {
//     return reader.read(bytes, [&](const SseEvent& event) { return use(event.data); });
//   };
//
// By the rules of the HTML standard: lines end with LF, CR or CRLF; a leading byte order mark is
// dropped; lines that begin with a colon are comments; several `data` lines are joined by LF; a
// blank line ends an event; an event without data is none; an unfinished event at the end of the
// stream is discarded. `retry` and unknown fields are read over. Bytes are passed on as they came:
// text in them is not checked for UTF-8.
//
// Pieces may be cut anywhere. Time is linear in the bytes, memory bounded by the limits. Not
// thread-safe.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "muai/core/result.h"

namespace muai {

struct SseLimits {
  std::size_t line_bytes_max = std::size_t{1} << 20;
  std::size_t event_bytes_max = std::size_t{4} << 20;  // of one event's data
};

// One event. The views live until the sink returns.
struct SseEvent {
  std::string_view type;  // "message" when the stream does not name one
  std::string_view data;
  std::string_view id;  // the last one that the stream gave; empty before
};

// Receives events in order. An error ends the reading.
using SseSink = std::function<Result<void>(const SseEvent&)>;

class SseReader {
 public:
  explicit SseReader(SseLimits limits = {}) : limits_(limits) {}

  // Reads the next piece of the stream. LimitExceeded when a bound is passed, or what `sink`
  // returned; the reader is of no use after an error.
  Result<void> read(std::string_view bytes, const SseSink& sink);

  // True when the bytes so far end in the middle of an event: what a cut stream looks like.
  bool is_inside_event() const { return has_data_ || !line_.empty() || !type_.empty(); }

 private:
  Result<void> take_line(std::string_view line, const SseSink& sink);
  Result<void> take_field(std::string_view name, std::string_view value);
  Result<void> add_data(std::string_view value);
  Result<void> dispatch(const SseSink& sink);
  std::string_view without_mark(std::string_view line);

  SseLimits limits_;
  std::string line_;  // the part of a line that has arrived
  std::string data_;  // of the event so far
  std::string type_;
  std::string id_;
  bool has_data_ = false;
  bool skips_line_feed_ = false;  // the last piece ended with CR
  bool is_first_line_ = true;
};

}  // namespace muai
