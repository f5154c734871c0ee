#include "trace/blob_values.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "muai/core/sha256.h"
#include "trace/files.h"

// A JSON pointer is followed by hand over the record's members, because the record is a plain
// struct: one `member` function per type names the strings that may have been cut.

namespace muai {

namespace {

constexpr std::size_t kBlobBytesMax = std::size_t{1} << 30;

std::vector<std::string_view> split(std::string_view pointer) {
  std::vector<std::string_view> parts;
  while (!pointer.empty()) {
    const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
    parts.push_back(pointer.substr(1, end - 1));
    pointer.remove_prefix(end);
  }
  return parts;
}

template <class Item>
Item* item_at(std::vector<Item>& items, std::string_view index) {
  std::size_t i = 0;
  const auto [end, error] = std::from_chars(index.data(), index.data() + index.size(), i);
  if (error != std::errc() || end != index.data() + index.size()) return nullptr;
  return i < items.size() ? &items[i] : nullptr;
}

std::string* error_part(std::optional<ErrorRecord>& error, std::string_view name) {
  if (!error) return nullptr;
  if (name == "error") return &error->error;
  if (name == "error_type") return &error->error_type;
  return name == "stack_trace" ? &error->stack_trace : nullptr;
}

std::string* member(TraceRecord& record, std::string_view name) {
  if (name == "request_id") return &record.request_id;
  if (name == "conversation_id") return record.conversation_id ? &*record.conversation_id : nullptr;
  if (name == "question") return &record.question;
  if (name == "chosen_workflow") return &record.chosen_workflow;
  if (name == "router_version") return &record.router_version;
  if (name == "mode") return &record.mode;
  if (name == "greedy_workflow") return &record.greedy_workflow;
  if (name == "final_answer") return &record.final_answer;
  if (name == "given") return &record.given;
  return error_part(record.error, name);
}

std::string* member(StepRecord& step, std::string_view name) {
  if (name == "step_name") return &step.step_name;
  if (name == "node") return &step.node;
  if (name == "parent") return &step.parent;
  return error_part(step.error, name);
}

std::string* member(CitationSpan& span, std::string_view name) {
  if (name == "url") return &span.url;
  if (name == "title") return &span.title;
  if (name == "quote") return &span.quote;
  return name == "text_sha256" ? &span.text_sha256 : nullptr;
}

std::string* member(ModelEvent& event, std::string_view name) {
  if (name == "model") return &event.model;
  return name == "reason" ? &event.reason : nullptr;
}

std::string* member(ToolCallRecord& call, std::string_view name) {
  if (name == "name") return &call.name;
  if (name == "arguments") return &call.arguments;
  return name == "error" ? &call.error : nullptr;
}

std::string* member(Recording& recording, std::string_view name) {
  if (name == "name") return &recording.name;
  if (name == "request_sha256") return &recording.request_sha256;
  return name == "response" ? &recording.response : nullptr;
}

std::string* member(KeyDigest& digest, std::string_view name) {
  if (name == "key") return &digest.key;
  return name == "sha256" ? &digest.sha256 : nullptr;
}

std::string* member(CandidateRecord& candidate, std::string_view name) {
  return name == "workflow" ? &candidate.workflow : nullptr;
}

template <class Item>
std::string* member_of(std::vector<Item>& items, std::string_view index, std::string_view name) {
  Item* item = item_at(items, index);
  return item == nullptr ? nullptr : member(*item, name);
}

// parts = list, index of a list of strings
std::string* text_of(TraceRecord& record, std::string_view list, std::string_view index) {
  if (list == "urls_used") return item_at(record.urls_used, index);
  if (list == "citations") return item_at(record.citations, index);
  if (list == "route_reasons") return item_at(record.route_reasons, index);
  if (list == "models") return item_at(record.models, index);
  return list == "notes" ? item_at(record.notes, index) : nullptr;
}

std::string* in_step(StepRecord& step, std::string_view list, std::string_view index,
                     std::string_view name) {
  if (list == "model_events") return member_of(step.model_events, index, name);
  if (list == "tool_calls") return member_of(step.tool_calls, index, name);
  if (list == "recordings") return member_of(step.recordings, index, name);
  if (list == "inputs") return member_of(step.inputs, index, name);
  if (list == "outputs") return member_of(step.outputs, index, name);
  if (!name.empty()) return nullptr;
  if (list == "models") return item_at(step.models, index);
  return list == "notes" ? item_at(step.notes, index) : nullptr;
}

}  // namespace

bool is_blob_name(std::string_view sha256) {
  return sha256.size() == 64 && std::ranges::all_of(sha256, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

Result<std::string> read_blob(const std::string& folder, std::string_view sha256) {
  if (!is_blob_name(sha256)) {
    return fail(ErrorCode::InvalidInput, "not the hash of a blob: " + std::string(sha256));
  }
  const std::string path = folder + "/" + std::string(sha256);
  MUAI_TRY(std::string bytes, read_whole(path, kBlobBytesMax));
  if (sha256_hex(bytes) != sha256) {
    return fail(ErrorCode::Corrupt, "'" + path + "' does not have the hash it is named by");
  }
  return bytes;
}

std::string* value_at(TraceRecord& record, std::string_view pointer) {
  if (!pointer.starts_with('/')) return nullptr;
  const std::vector<std::string_view> parts = split(pointer);
  switch (parts.size()) {
    case 1: return member(record, parts[0]);
    case 2: return text_of(record, parts[0], parts[1]);
    case 3:
      if (parts[0] == "candidates") return member_of(record.candidates, parts[1], parts[2]);
      if (parts[0] == "citation_spans") return member_of(record.citation_spans, parts[1], parts[2]);
      return parts[0] == "steps" ? member_of(record.steps, parts[1], parts[2]) : nullptr;
    case 4:
    case 5: {
      StepRecord* step = parts[0] == "steps" ? item_at(record.steps, parts[1]) : nullptr;
      if (step == nullptr) return nullptr;
      return in_step(*step, parts[2], parts[3], parts.size() == 5 ? parts[4] : "");
    }
    default: return nullptr;
  }
}

}  // namespace muai
