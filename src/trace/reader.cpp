#include "muai/trace/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "trace/blob_values.h"
#include "trace/files.h"
#include "trace/line_parser.h"
#include "trace/line_walk.h"

namespace muai {

namespace {

using LineTest = std::function<bool(std::string_view line)>;

// Walks the set; lines that `accepts` refuses are not parsed.
Result<ReadCounts> walk_set(const std::string& path, WalkOrder order, const LineTest& accepts,
                            const TraceReader::Visitor& visit) {
  MUAI_TRY(std::vector<std::string> files, TracePaths(path).existing());
  if (order == WalkOrder::NewestFirst) std::ranges::reverse(files);
  ReadCounts counts;
  LineParser parser;
  const LineVisitor visit_line = [&](const FileLine& line) {
    if (line.is_overlong) {
      ++counts.damaged;
      return Walk::Continue;
    }
    if (is_blank_line(line.text) || (accepts && !accepts(line.text))) return Walk::Continue;
    auto record = parser.parse(line.text);
    if (!record) {
      ++(record.error().code() == ErrorCode::LimitExceeded ? counts.newer : counts.damaged);
      return Walk::Continue;
    }
    ++counts.records;
    return visit(*std::move(record));
  };
  for (const std::string& file : files) {
    MUAI_TRY(const Walk walk, walk_lines(file, order, visit_line));
    if (walk == Walk::Stop) break;
  }
  return counts;
}

bool has_error_type(const TraceRecord& record, const std::string& type) {
  if (record.error && record.error->error_type == type) return true;
  return std::ranges::any_of(record.steps, [&](const StepRecord& step) {
    return step.error && step.error->error_type == type;
  });
}

bool has_text(const TraceRecord& record, std::string_view text) {
  const auto holds = [&](std::string_view value) { return contains_ignoring_case(value, text); };
  if (holds(record.question) || holds(record.final_answer)) return true;
  if (record.error && holds(record.error->error)) return true;
  if (std::ranges::any_of(record.urls_used, holds)) return true;
  if (std::ranges::any_of(record.citations, holds)) return true;
  return std::ranges::any_of(
      record.steps, [&](const StepRecord& step) { return step.error && holds(step.error->error); });
}

// "7" -> 7; nothing for what is not a small number.
std::optional<std::int64_t> index_in(std::string_view which) {
  constexpr std::size_t kDigitsMax = 9;
  std::int64_t index = 0;
  const auto [end, error] = std::from_chars(which.data(), which.data() + which.size(), index);
  const bool is_number = error == std::errc() && end == which.data() + which.size();
  if (!is_number || which.size() > kDigitsMax || index < 1) return {};
  return index;
}

}  // namespace

bool TraceFilter::matches(const TraceRecord& record) const {
  if (shadow == Shadow::Exclude && record.shadow) return false;
  if (shadow == Shadow::Only && !record.shadow) return false;
  if (!workflow.empty() && record.chosen_workflow != workflow) return false;
  if (!conversation_id.empty() && record.conversation_id != conversation_id) return false;
  if (from && record.timestamp < *from) return false;
  if (until && record.timestamp >= *until) return false;
  if (success && record.success != *success) return false;
  if (!error_type.empty() && !has_error_type(record, error_type)) return false;
  return text.empty() || has_text(record, text);
}

TraceReader::TraceReader(std::string path) : path_(std::move(path)) {}

Result<std::vector<std::string>> TraceReader::files() const { return TracePaths(path_).existing(); }

Result<ReadCounts> TraceReader::walk(WalkOrder order, const Visitor& visit) const {
  return walk_set(path_, order, {}, visit);
}

Result<std::vector<TraceRecord>> TraceReader::select(const TraceFilter& filter,
                                                     std::size_t limit) const {
  std::vector<TraceRecord> found;
  if (limit == 0) return found;
  MUAI_TRY_VOID(walk_set(path_, WalkOrder::NewestFirst, {}, [&](TraceRecord&& record) {
    if (filter.matches(record)) found.push_back(std::move(record));
    return found.size() < limit ? Walk::Continue : Walk::Stop;
  }));
  return found;
}

Result<TraceRecord> TraceReader::find(std::string_view which) const {
  const std::optional<std::int64_t> index = which == "last" ? 1 : index_in(which);
  std::optional<TraceRecord> found;
  if (index) {
    std::int64_t left = *index;
    MUAI_TRY_VOID(walk_set(path_, WalkOrder::NewestFirst, {}, [&](TraceRecord&& record) {
      if (record.shadow || --left > 0) return Walk::Continue;
      found = std::move(record);
      return Walk::Stop;
    }));
    if (found) return *std::move(found);
    return fail(ErrorCode::NotFound,
                *index == 1 ? fmt::format("'{}' holds no trace yet; every run leaves one", path_)
                            : fmt::format("'{}' has fewer than {} traces", path_, *index));
  }
  if (which.empty()) return fail(ErrorCode::InvalidInput, "name a trace: last, a number or an id");
  std::set<std::string> ids;  // that begin with `which`
  const auto holds = [which](std::string_view line) {
    return line.find(which) != std::string_view::npos;
  };
  MUAI_TRY_VOID(walk_set(path_, WalkOrder::NewestFirst, holds, [&](TraceRecord&& record) {
    if (!record.request_id.starts_with(which)) return Walk::Continue;
    const bool is_exact = record.request_id == which;
    if (ids.insert(record.request_id).second || is_exact) found = std::move(record);
    if (is_exact) ids = {found->request_id};
    return is_exact ? Walk::Stop : Walk::Continue;
  }));
  if (ids.empty()) return fail(ErrorCode::NotFound, fmt::format("no trace '{}'", which));
  if (ids.size() > 1) {
    return fail(ErrorCode::NotFound,
                fmt::format("'{}' begins {} traces; give more of the id", which, ids.size()));
  }
  return *std::move(found);
}

Result<TraceRecord> TraceReader::complete(TraceRecord record) const {
  const std::string folder = TracePaths(path_).blobs();
  std::vector<TruncatedValue> missing;
  const std::vector<TruncatedValue> cuts = std::move(record.truncated);
  for (const TruncatedValue& cut : cuts) {
    auto bytes = read_blob(folder, cut.sha256);
    if (bytes && cut.field.empty()) {
      if (auto whole = parse_trace_line(*bytes)) {
        record = *std::move(whole);
        continue;
      }
    }
    std::string* value = bytes ? value_at(record, cut.field) : nullptr;
    if (value == nullptr) {
      missing.push_back(cut);
    } else {
      *value = *std::move(bytes);
    }
  }
  record.truncated = std::move(missing);
  return record;
}

}  // namespace muai
