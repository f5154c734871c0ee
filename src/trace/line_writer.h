#pragma once

// A record as one line of JSON. docs/formats/trace.md is the reference for what stands where.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "muai/trace/record.h"
#include "muai/trace/redact.h"
#include "muai/trace/sink.h"
#include "trace/json_text.h"

namespace muai {

// The longest line, with its newline: what one write() puts into a file in one piece.
inline constexpr std::size_t kTraceLineBytesMax = 64 * 1024;

// `final_answer` up to this length, and `question`, are cut only when nothing else makes the line
// fit.
inline constexpr std::size_t kTraceAnswerBytesMax = 48 * 1024;

// Values kept under the hash of their bytes, one file each, in a folder that is made when first
// needed.
class BlobFolder {
 public:
  explicit BlobFolder(std::string path) : path_(std::move(path)) {}

  // Returns false when the value could not be kept; `lost()` counts those.
  bool keep(std::string_view sha256, std::string_view bytes);
  std::int64_t lost() const { return lost_; }

 private:
  std::string path_;
  std::int64_t lost_ = 0;
};

// How much of a record a line holds. The writer takes the first detail that fits.
struct LineDetail;

// Turns records into lines, reusing its buffers. Not thread-safe.
class LineWriter {
 public:
  LineWriter(Redactor redactor, TraceContent content)
      : redactor_(std::move(redactor)), content_(content) {}

  // The line with its newline, at most kTraceLineBytesMax bytes of valid UTF-8, without secrets.
  // Values that do not fit go to `blobs`. The view is valid until the next call.
  std::string_view write(const TraceRecord& record, BlobFolder& blobs);

 private:
  struct Cut {
    TruncatedValue value;
    std::string whole;  // cleaned
  };

  // Where the writer is inside the record, for the JSON pointers of cut values.
  struct Place {
    std::string_view list;
    std::size_t index = 0;
    std::string_view sublist;
    std::size_t subindex = 0;
  };

  void write_record(const TraceRecord& record, const LineDetail& detail);
  void write_routing(const TraceRecord& record);
  void write_outcome(const TraceRecord& record);
  void write_spans(const TraceRecord& record);
  void write_cost(const TraceRecord& record);
  void write_steps(const TraceRecord& record);
  void write_step(const StepRecord& step);
  void write_step_error(const StepRecord& step);
  void write_step_extras(const StepRecord& step);
  void write_calls(const StepRecord& step);
  void write_digests(const MemberName& name, const std::vector<KeyDigest>& digests);
  void write_truncated(BlobFolder& blobs);
  std::string whole_record(const TraceRecord& record);

  // `"name":` of a member, with the comma that goes before it.
  void name(const MemberName& member);
  void content(const MemberName& member, std::string_view text);  // what users and pages said
  void content(const MemberName& member, std::string_view text, std::size_t bytes_max);
  void term(const MemberName& member, std::string_view text);  // names; always kept
  void count(const MemberName& member, std::int64_t value);
  void count_unless_zero(const MemberName& member, std::int64_t value);
  void real(const MemberName& member, double value);
  void flag(const MemberName& member, bool value);
  enum class TextKind : std::uint8_t { Content, Term };
  void texts(const MemberName& member, const std::vector<std::string>& values, TextKind kind);
  template <class Values, class WriteOne>
  void list(const MemberName& member, const Values& values, WriteOne write_one);

  void content_value(std::string_view member, std::string_view text, std::size_t bytes_max);
  void redacted_value(std::string_view member, std::string_view text, std::size_t bytes_max);
  void cut_value(std::string_view member, std::string whole, std::size_t bytes_max);
  std::string pointer_to(std::string_view member) const;
  std::size_t items(std::size_t size) const;

  Redactor redactor_;
  TraceContent content_;
  JsonText line_;
  const LineDetail* detail_ = nullptr;
  Place place_;
  std::vector<Cut> cuts_;
  std::int64_t steps_omitted_ = 0;
};

}  // namespace muai
