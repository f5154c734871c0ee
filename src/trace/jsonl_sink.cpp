#include "muai/trace/sink.h"

// Appending without locks. Each line is one write() on an O_APPEND descriptor, which the kernel
// does not mix with other writes. What can go wrong is a torn end: a process killed inside its
// write, or a full disk. A line after a torn end would be lost with it, so each writer looks at
// the byte before its line when the file is not as it left it, and writes the line again, after a
// newline, when that byte is no newline.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>

#include "muai/trace/reader.h"
#include "trace/files.h"
#include "trace/line_walk.h"
#include "trace/line_writer.h"
#include "trace/run_marks.h"

namespace muai {

namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;

std::int64_t day_of(double unix_seconds) {
  constexpr double kMax = 253'402'300'799.0;  // the end of year 9999
  if (!(unix_seconds > 0)) return 0;
  return static_cast<std::int64_t>(std::min(unix_seconds, kMax)) / kSecondsPerDay;
}

std::string day_text(std::int64_t day) {
  const std::chrono::year_month_day date{
      std::chrono::sys_days{std::chrono::days{static_cast<int>(day)}}};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

TraceRecord interrupted_record(const RunStart& start) {
  TraceRecord record;
  record.request_id = start.request_id;
  record.question = start.question;
  record.chosen_workflow = start.chosen_workflow;
  record.mode = start.mode;
  record.router_version = "none";
  record.conversation_id = start.conversation_id;
  record.turn_index = start.turn_index;
  record.timestamp = start.timestamp;
  record.success = false;
  record.quality_signals.failure_occurred = true;
  record.error =
      ErrorRecord{"interrupted: the process ended during the run", "interrupted",
                  "in " + (start.chosen_workflow.empty() ? "the run" : start.chosen_workflow)};
  return record;
}

}  // namespace

struct JsonlSink::State {
  explicit State(TraceOptions given)
      : options(std::move(given)),
        paths(options.path),
        writer(Redactor(options.secrets), options.content),
        blobs(paths.blobs()),
        marks(paths.runs()) {}

  Result<void> open_newest();
  Result<void> open_current();
  Result<void> rotate_if_due(double timestamp);
  Result<void> write_line(std::string_view line);
  Result<off_t> write_once(std::string_view before, std::string_view line);
  Result<bool> is_recorded(const TraceRecord& record) const;

  TraceOptions options;
  TracePaths paths;
  LineWriter writer;
  BlobFolder blobs;
  RunMarks marks;
  std::string current;  // path of `file`
  FileHandle file;
  std::int64_t number = 0;  // of `current` in the set
  std::int64_t day = -1;    // of its last record; -1 while it is empty
  off_t end = 0;            // where our last write ended
  bool is_torn = false;     // our last write was cut short
};

// Rotated sets go on with their newest file, whatever the options say now.
Result<void> JsonlSink::State::open_newest() {
  MUAI_TRY(const std::vector<std::string> files, paths.existing());
  current = files.empty() ? paths.file() : files.back();
  const std::size_t slash = current.rfind('/');
  number = std::max<std::int64_t>(0, paths.number_of(std::string_view(current).substr(
                                         slash == std::string::npos ? 0 : slash + 1)));
  return open_current();
}

Result<void> JsonlSink::State::open_current() {
  MUAI_TRY(file, open_file(current, O_RDWR | O_APPEND | O_CREAT));
  struct stat found{};
  if (::fstat(file.number(), &found) != 0) return io_error("open", current);
  end = found.st_size;
  is_torn = false;
  day = -1;
  if (end == 0) return {};
  day = day_of(static_cast<double>(found.st_mtim.tv_sec));
  char last = '\n';
  if (::pread(file.number(), &last, 1, end - 1) == 1 && last != '\n') is_torn = true;
  if (is_torn && ::write(file.number(), "\n", 1) == 1) {
    is_torn = false;
    ++end;
  }
  return {};
}

Result<void> JsonlSink::State::rotate_if_due(double timestamp) {
  const bool is_large = options.rotate_bytes > 0 && end >= options.rotate_bytes;
  const std::int64_t today = day_of(timestamp);
  const bool is_old = options.rotate_period == RotatePeriod::Daily && day >= 0 && today > day;
  if (!is_large && !is_old) {
    day = std::max(day, today);
    return {};
  }
  const std::int64_t before = number;
  MUAI_TRY_VOID(open_newest());
  // Another process may have begun the next file already.
  const bool is_taken = number > before;
  const bool has_room = options.rotate_bytes <= 0 || end < options.rotate_bytes;
  if (!is_taken || !has_room) {
    ++number;
    current = paths.rotated(day_text(today), number);
    MUAI_TRY_VOID(open_current());
  }
  day = today;
  return {};
}

// Returns where the line begins. A short write is an error and leaves `is_torn`.
Result<off_t> JsonlSink::State::write_once(std::string_view before, std::string_view line) {
  std::array<iovec, 2> parts{{{const_cast<char*>(before.data()), before.size()},
                              {const_cast<char*>(line.data()), line.size()}}};
  ssize_t written = -1;
  do {
    written = before.empty() ? ::write(file.number(), line.data(), line.size())
                             : ::writev(file.number(), parts.data(), 2);
  } while (written < 0 && errno == EINTR);
  if (written < 0) return io_error("append to", current);
  if (static_cast<std::size_t>(written) != before.size() + line.size()) {
    is_torn = true;
    return fail(ErrorCode::Io, fmt::format("cannot append to '{}': only {} of {} bytes fit; free "
                                           "some disk space",
                                           current, written, before.size() + line.size()));
  }
  is_torn = false;
  // O_APPEND moved the offset to the end of what we wrote.
  const off_t now = ::lseek(file.number(), 0, SEEK_CUR);
  if (now < 0) return io_error("append to", current);
  end = now;
  return now - static_cast<off_t>(line.size());
}

Result<void> JsonlSink::State::write_line(std::string_view line) {
  const off_t our_end = end;
  const bool was_torn = is_torn;
  MUAI_TRY(const off_t begin, write_once(was_torn ? "\n" : "", line));
  // When nobody wrote in between, what stands before the line is ours, and whole.
  if (was_torn || begin == 0 || begin == our_end) return {};
  char before = '\n';
  if (::pread(file.number(), &before, 1, begin - 1) != 1 || before == '\n') return {};
  // Someone died inside a write just before us: our line is part of that torn line.
  MUAI_TRY_VOID(write_once("\n", line));
  return {};
}

JsonlSink::JsonlSink(std::unique_ptr<State> state) : state_(std::move(state)) {}
JsonlSink::~JsonlSink() = default;

Result<std::unique_ptr<JsonlSink>> JsonlSink::open(TraceOptions options) {
  if (options.path.empty()) {
    return fail(ErrorCode::InvalidConfig, "the trace file has no path: set storage.traces_path");
  }
  auto state = std::make_unique<State>(std::move(options));
  MUAI_TRY_VOID(ensure_folder(state->paths.folder()));
  MUAI_TRY_VOID(state->open_newest());
  return std::unique_ptr<JsonlSink>(new JsonlSink(std::move(state)));
}

Result<void> JsonlSink::begin(const RunStart& start) {
  std::string_view line = state_->writer.write(interrupted_record(start), state_->blobs);
  line.remove_suffix(1);  // its newline
  return state_->marks.begin(start.request_id, line);
}

Result<void> JsonlSink::append(const TraceRecord& record) {
  const std::string_view line = state_->writer.write(record, state_->blobs);
  auto written = state_->rotate_if_due(record.timestamp);
  if (written) written = state_->write_line(line);
  state_->marks.end(record.request_id);
  return written;
}

// A run may have been recorded and its process killed before the mark was removed.
Result<bool> JsonlSink::State::is_recorded(const TraceRecord& record) const {
  bool is_found = false;
  MUAI_TRY_VOID(TraceReader(options.path).walk(WalkOrder::NewestFirst, [&](TraceRecord&& other) {
    is_found = other.request_id == record.request_id && other.timestamp == record.timestamp;
    return is_found ? Walk::Stop : Walk::Continue;
  }));
  return is_found;
}

Result<std::int64_t> JsonlSink::report_interrupted() {
  MUAI_TRY(const std::vector<ClaimedMark> marks, state_->marks.claim_abandoned());
  std::int64_t reported = 0;
  for (const ClaimedMark& mark : marks) {
    auto record = parse_trace_line(mark.line);
    std::string line = mark.line + '\n';
    if (!record) {  // cut by a power failure: all we know is that there was a run
      RunStart start;
      start.request_id = mark.request_id;
      record = interrupted_record(start);
      line = state_->writer.write(*record, state_->blobs);
    }
    MUAI_TRY(const bool is_recorded, state_->is_recorded(*record));
    if (!is_recorded) {
      MUAI_TRY_VOID(state_->rotate_if_due(record->timestamp));
      MUAI_TRY_VOID(state_->write_line(line));
      ++reported;
    }
    RunMarks::remove(mark);
  }
  return reported;
}

const std::string& JsonlSink::current_path() const { return state_->current; }

std::int64_t JsonlSink::values_lost() const { return state_->blobs.lost(); }

}  // namespace muai
