#include "muai/trace/purge.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <vector>

#include "muai/trace/reader.h"
#include "trace/blob_values.h"
#include "trace/files.h"
#include "trace/json_text.h"
#include "trace/line_parser.h"
#include "trace/line_walk.h"

// A purged line is overwritten with blanks where it stands: its bytes are gone, no offset moves,
// and writers that append meanwhile are not disturbed. Blobs go when no line that stays names them.

namespace muai {

namespace {

struct LineRange {
  off_t begin;
  std::size_t size;
};

// One purge over one set of files.
class Purge {
 public:
  Purge(const std::string& path, const PurgeRule& rule) : paths_(path), rule_(rule) {
    // Texts stand JSON-escaped in the lines.
    JsonText escaped;
    escaped.string(rule.text);
    escaped_text_ = escaped.view().substr(1, escaped.size() - 2);
  }

  Result<PurgeCounts> run() {
    if (!rule_.before && rule_.conversation_id.empty() && rule_.text.empty()) return counts_;
    MUAI_TRY(const std::vector<std::string> files, paths_.existing());
    for (const std::string& file : files) {
      MUAI_TRY(const bool is_empty, purge_file(file));
      if (is_empty && file != files.back()) {
        if (::unlink(file.c_str()) != 0 && errno != ENOENT) return io_error("remove", file);
        ++counts_.files;
      }
    }
    MUAI_TRY_VOID(remove_blobs());
    return counts_;
  }

 private:
  // Returns true when no line is left.
  Result<bool> purge_file(const std::string& path) {
    std::vector<LineRange> removed;
    bool is_empty = true;
    MUAI_TRY_VOID(walk_lines(path, WalkOrder::OldestFirst, [&](const FileLine& line) {
      if (is_blank_line(line.text) && !line.is_overlong) return Walk::Continue;
      if (!line.is_overlong && is_to_go(line.text)) {
        removed.push_back({line.offset, line.text.size()});
      } else {
        is_empty = false;
      }
      return Walk::Continue;
    }));
    if (!removed.empty()) MUAI_TRY_VOID(blank_out(path, removed));
    return is_empty;
  }

  bool is_to_go(std::string_view line) {
    auto record = parser_.parse(line);
    if (!record) {
      // Nothing is known of a damaged line but its bytes.
      return !rule_.before && rule_.conversation_id.empty() && holds_text(line);
    }
    const bool goes =
        (!rule_.before || record->timestamp < *rule_.before) &&
        (rule_.conversation_id.empty() || record->conversation_id == rule_.conversation_id) &&
        (rule_.text.empty() || holds_text(line) || is_text_in_blobs(*record));
    for (const TruncatedValue& cut : record->truncated) {
      (goes ? blobs_gone_ : blobs_kept_).insert(cut.sha256);
    }
    return goes;
  }

  bool holds_text(std::string_view line) const {
    return contains_ignoring_case(line, escaped_text_);
  }

  bool is_text_in_blobs(const TraceRecord& record) const {
    for (const TruncatedValue& cut : record.truncated) {
      const auto bytes = read_blob(paths_.blobs(), cut.sha256);
      if (!bytes) continue;
      // A whole record is JSON text; a single value is not.
      if (contains_ignoring_case(*bytes, cut.field.empty() ? escaped_text_ : rule_.text)) {
        return true;
      }
    }
    return false;
  }

  Result<void> blank_out(const std::string& path, const std::vector<LineRange>& lines) {
    MUAI_TRY(const FileHandle file, open_file(path, O_WRONLY));
    for (const LineRange& line : lines) {
      const std::string blanks(line.size, ' ');
      std::size_t done = 0;
      while (done < blanks.size()) {
        const ssize_t n = ::pwrite(file.number(), blanks.data(), blanks.size() - done,
                                   line.begin + static_cast<off_t>(done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return io_error("purge", path);
        done += static_cast<std::size_t>(n);
      }
      ++counts_.records;
    }
    return {};
  }

  Result<void> remove_blobs() {
    for (const std::string& blob : blobs_gone_) {
      if (blobs_kept_.contains(blob) || !is_blob_name(blob)) continue;
      const std::string path = paths_.blobs() + "/" + blob;
      if (::unlink(path.c_str()) == 0) {
        ++counts_.blobs;
      } else if (errno != ENOENT) {
        return io_error("remove", path);
      }
    }
    return {};
  }

  TracePaths paths_;
  const PurgeRule& rule_;
  std::string escaped_text_;
  LineParser parser_;
  std::set<std::string> blobs_gone_;
  std::set<std::string> blobs_kept_;
  PurgeCounts counts_;
};

}  // namespace

Result<PurgeCounts> purge_traces(const std::string& path, const PurgeRule& rule) {
  return Purge(path, rule).run();
}

Result<PurgeCounts> expire_traces(const std::string& path, const KeepRule& rule) {
  constexpr double kSecondsPerDay = 86'400;
  if (rule.days <= 0) return PurgeCounts{};
  PurgeRule purge;
  purge.before = rule.now - static_cast<double>(rule.days) * kSecondsPerDay;
  return purge_traces(path, purge);
}

}  // namespace muai
