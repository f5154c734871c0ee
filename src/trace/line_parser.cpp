#include "trace/line_parser.h"

// Lenient where versions differ (unknown members ignored, missing ones at their defaults, whole
// numbers written as 12.0 accepted), strict where a value would be a guess: a member of another
// type makes the line damaged, and the error names the member.

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "muai/trace/reader.h"

namespace muai {

namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

std::int64_t to_integer(double value) {
  constexpr double kMax = 9.2e18;
  if (!(value > -kMax)) return std::numeric_limits<std::int64_t>::min();
  if (value > kMax) return std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(value);
}

// Reads the members of one object, remembering the first that has a wrong type.
class Members {
 public:
  explicit Members(std::string& wrong) : wrong_(wrong) {}

  void text(element value, std::string_view name, std::string& out) {
    if (value.is_null()) return;
    std::string_view found;
    if (value.get(found) == simdjson::SUCCESS) {
      out = found;
    } else {
      complain(name, "a string");
    }
  }

  void real(element value, std::string_view name, double& out) {
    if (value.is_null()) return;
    if (value.get(out) != simdjson::SUCCESS) complain(name, "a number");
  }

  void integer(element value, std::string_view name, std::int64_t& out) {
    if (value.is_null()) return;
    double number = 0;
    if (value.get(out) == simdjson::SUCCESS) return;
    if (value.get(number) == simdjson::SUCCESS) {
      out = to_integer(number);
    } else {
      complain(name, "a whole number");
    }
  }

  void flag(element value, std::string_view name, bool& out) {
    if (value.is_null()) return;
    if (value.get(out) != simdjson::SUCCESS) complain(name, "true or false");
  }

  template <class ReadOne>
  void list(element value, std::string_view name, ReadOne read_one) {
    if (value.is_null()) return;
    array items;
    if (value.get(items) != simdjson::SUCCESS) return complain(name, "a list");
    for (element item : items) read_one(item);
  }

  template <class ReadMember>
  void members(element value, std::string_view name, ReadMember read_member) {
    object found;
    if (value.get(found) != simdjson::SUCCESS) return complain(name, "an object");
    for (const auto& field : found) read_member(field.key, field.value);
  }

  void texts(element value, std::string_view name, std::vector<std::string>& out) {
    list(value, name, [&](element item) { text(item, name, out.emplace_back()); });
  }

  // `error`, `error_type` and `stack_trace` stand side by side; any of them makes an ErrorRecord.
  bool error_part(element value, std::string_view name, std::optional<ErrorRecord>& out) {
    std::string ErrorRecord::* part = nullptr;
    if (name == "error") part = &ErrorRecord::error;
    if (name == "error_type") part = &ErrorRecord::error_type;
    if (name == "stack_trace") part = &ErrorRecord::stack_trace;
    if (part == nullptr) return false;
    if (value.is_null()) return true;
    if (!out) out.emplace();
    text(value, name, (*out).*part);
    return true;
  }

 private:
  void complain(std::string_view name, std::string_view expected) {
    if (wrong_.empty()) wrong_ = fmt::format("member '{}' is not {}", name, expected);
  }

  std::string& wrong_;
};

void read_event(Members& in, element item, std::vector<ModelEvent>& out) {
  ModelEvent& event = out.emplace_back();
  in.members(item, "model_events", [&](std::string_view name, element value) {
    if (name == "kind") {
      std::string kind;
      in.text(value, name, kind);
      for (ModelEventKind each : {ModelEventKind::Load, ModelEventKind::Unload,
                                  ModelEventKind::Evict, ModelEventKind::Fallback}) {
        if (to_string(each) == kind) event.kind = each;
      }
    }
    if (name == "model") in.text(value, name, event.model);
    if (name == "reason") in.text(value, name, event.reason);
    if (name == "timestamp") in.real(value, name, event.timestamp);
  });
}

void read_tool_call(Members& in, element item, std::vector<ToolCallRecord>& out) {
  ToolCallRecord& call = out.emplace_back();
  in.members(item, "tool_calls", [&](std::string_view name, element value) {
    if (name == "name") in.text(value, name, call.name);
    if (name == "arguments") in.text(value, name, call.arguments);
    if (name == "start_time") in.real(value, name, call.start_time);
    if (name == "latency_ms") in.real(value, name, call.latency_ms);
    if (name == "success") in.flag(value, name, call.success);
    if (name == "error") in.text(value, name, call.error);
  });
}

void read_recording(Members& in, element item, std::vector<Recording>& out) {
  Recording& recording = out.emplace_back();
  in.members(item, "recordings", [&](std::string_view name, element value) {
    if (name == "kind") {
      std::string kind;
      in.text(value, name, kind);
      recording.kind = kind == "model" ? RecordingKind::Model : RecordingKind::Tool;
    }
    if (name == "name") in.text(value, name, recording.name);
    if (name == "request_sha256") in.text(value, name, recording.request_sha256);
    if (name == "response") in.text(value, name, recording.response);
  });
}

void read_digest(Members& in, element item, std::vector<KeyDigest>& out) {
  KeyDigest& digest = out.emplace_back();
  in.members(item, "digests", [&](std::string_view name, element value) {
    if (name == "key") in.text(value, name, digest.key);
    if (name == "sha256") in.text(value, name, digest.sha256);
  });
}

void read_step_member(Members& in, std::string_view name, element value, StepRecord& step) {
  if (in.error_part(value, name, step.error)) return;
  if (name == "step_name") return in.text(value, name, step.step_name);
  if (name == "node") return in.text(value, name, step.node);
  if (name == "parent") return in.text(value, name, step.parent);
  if (name == "attempt") return in.integer(value, name, step.attempt);
  if (name == "start_time") return in.real(value, name, step.start_time);
  if (name == "end_time") return in.real(value, name, step.end_time);
  if (name == "latency_ms") return in.real(value, name, step.latency_ms);
  if (name == "vram_peak_mb") return in.integer(value, name, step.vram_peak_mb);
  if (name == "model_loads") return in.integer(value, name, step.model_loads);
  if (name == "success") return in.flag(value, name, step.success);
  if (name == "prompt_tokens") return in.integer(value, name, step.prompt_tokens);
  if (name == "completion_tokens") return in.integer(value, name, step.completion_tokens);
  if (name == "cost_micro_usd") return in.integer(value, name, step.cost_micro_usd);
  if (name == "models") return in.texts(value, name, step.models);
  if (name == "notes") return in.texts(value, name, step.notes);
  const auto list = [&](auto read_one, auto& out) {
    in.list(value, name, [&](element item) { read_one(in, item, out); });
  };
  if (name == "model_events") return list(read_event, step.model_events);
  if (name == "tool_calls") return list(read_tool_call, step.tool_calls);
  if (name == "recordings") return list(read_recording, step.recordings);
  if (name == "inputs") return list(read_digest, step.inputs);
  if (name == "outputs") return list(read_digest, step.outputs);
}

void read_steps(Members& in, element value, std::vector<StepRecord>& steps) {
  in.list(value, "steps", [&](element item) {
    StepRecord& step = steps.emplace_back();
    in.members(item, "steps", [&](std::string_view name, element member) {
      read_step_member(in, name, member, step);
    });
  });
}

void read_signals(Members& in, element value, QualitySignals& signals) {
  if (value.is_null()) return;
  in.members(value, "quality_signals", [&](std::string_view name, element member) {
    if (name == "citation_count") in.integer(member, name, signals.citation_count);
    if (name == "answer_length") in.integer(member, name, signals.answer_length);
    if (name == "has_search") in.flag(member, name, signals.has_search);
    if (name == "has_citations") in.flag(member, name, signals.has_citations);
    if (name == "has_structure") in.flag(member, name, signals.has_structure);
    if (name == "failure_occurred") in.flag(member, name, signals.failure_occurred);
  });
}

// Only numbers are statistics; other members of the object are left alone.
void read_cost(Members& in, element value, std::vector<NamedNumber>& cost) {
  if (value.is_null()) return;
  in.members(value, "cost_stats", [&](std::string_view name, element member) {
    double number = 0;
    if (member.get(number) == simdjson::SUCCESS) cost.emplace_back(std::string(name), number);
  });
}

void read_span(Members& in, element item, std::vector<CitationSpan>& out) {
  CitationSpan& span = out.emplace_back();
  in.members(item, "citation_spans", [&](std::string_view name, element value) {
    if (name == "n") in.integer(value, name, span.n);
    if (name == "url") in.text(value, name, span.url);
    if (name == "title") in.text(value, name, span.title);
    if (name == "start") in.integer(value, name, span.start);
    if (name == "end") in.integer(value, name, span.end);
    if (name == "byte_start") in.integer(value, name, span.byte_start);
    if (name == "byte_end") in.integer(value, name, span.byte_end);
    if (name == "quote") in.text(value, name, span.quote);
    if (name == "text_sha256") in.text(value, name, span.text_sha256);
    if (name == "retrieved_at") in.real(value, name, span.retrieved_at);
  });
}

void read_candidate(Members& in, element item, std::vector<CandidateRecord>& out) {
  CandidateRecord& candidate = out.emplace_back();
  in.members(item, "candidates", [&](std::string_view name, element value) {
    if (name == "workflow") in.text(value, name, candidate.workflow);
    if (name == "score") in.real(value, name, candidate.score);
  });
}

void read_truncated(Members& in, element item, std::vector<TruncatedValue>& out) {
  TruncatedValue& cut = out.emplace_back();
  in.members(item, "truncated", [&](std::string_view name, element value) {
    if (name == "field") in.text(value, name, cut.field);
    if (name == "sha256") in.text(value, name, cut.sha256);
    if (name == "bytes") in.integer(value, name, cut.bytes);
  });
}

// What the earlier system wrote, too.
bool read_old_member(Members& in, std::string_view name, element value, TraceRecord& record) {
  if (name == "request_id") return in.text(value, name, record.request_id), true;
  if (name == "question") return in.text(value, name, record.question), true;
  if (name == "chosen_workflow") return in.text(value, name, record.chosen_workflow), true;
  if (name == "router_version") return in.text(value, name, record.router_version), true;
  if (name == "mode") return in.text(value, name, record.mode), true;
  if (name == "timestamp") return in.real(value, name, record.timestamp), true;
  if (name == "success") return in.flag(value, name, record.success), true;
  if (name == "final_answer") return in.text(value, name, record.final_answer), true;
  if (name == "urls_used") return in.texts(value, name, record.urls_used), true;
  if (name == "quality_signals") return read_signals(in, value, record.quality_signals), true;
  if (name == "cost_stats") return read_cost(in, value, record.cost_stats), true;
  if (name == "steps" || name == "steps_trace") return read_steps(in, value, record.steps), true;
  if (name == "conversation_id") {
    if (!value.is_null()) in.text(value, name, record.conversation_id.emplace());
    return true;
  }
  if (name == "turn_index") {
    if (!value.is_null()) in.integer(value, name, record.turn_index.emplace());
    return true;
  }
  return false;
}

void read_member(Members& in, std::string_view name, element value, TraceRecord& record) {
  if (read_old_member(in, name, value, record)) return;
  if (in.error_part(value, name, record.error)) return;
  const auto list = [&](auto read_one, auto& out) {
    in.list(value, name, [&](element item) { read_one(in, item, out); });
  };
  if (name == "candidates") return list(read_candidate, record.candidates);
  if (name == "route_reasons") return in.texts(value, name, record.route_reasons);
  if (name == "propensity") {
    if (!value.is_null()) in.real(value, name, record.propensity.emplace());
    return;
  }
  if (name == "explored") return in.flag(value, name, record.explored);
  if (name == "greedy_workflow") return in.text(value, name, record.greedy_workflow);
  if (name == "shadow") return in.flag(value, name, record.shadow);
  if (name == "citations") return in.texts(value, name, record.citations);
  if (name == "citation_counts") {
    return in.list(value, name, [&](element item) {
      in.integer(item, name, record.citation_counts.emplace_back());
    });
  }
  if (name == "citation_spans") return list(read_span, record.citation_spans);
  if (name == "wall_ms") return in.real(value, name, record.wall_ms);
  if (name == "prompt_tokens") return in.integer(value, name, record.prompt_tokens);
  if (name == "completion_tokens") return in.integer(value, name, record.completion_tokens);
  if (name == "cost_micro_usd") return in.integer(value, name, record.cost_micro_usd);
  if (name == "retries") return in.integer(value, name, record.retries);
  if (name == "models") return in.texts(value, name, record.models);
  if (name == "given") return in.text(value, name, record.given);
  if (name == "notes") return in.texts(value, name, record.notes);
  if (name == "truncated") return list(read_truncated, record.truncated);
  if (name == "steps_omitted") return in.integer(value, name, record.steps_omitted);
}

}  // namespace

Result<TraceRecord> LineParser::parse(std::string_view line) {
  padded_.reserve(line.size() + simdjson::SIMDJSON_PADDING);
  padded_.assign(line);
  element root;
  // The buffer has the padding already: no second copy.
  if (const auto error = parser_.parse(padded_.data(), padded_.size(), false).get(root)) {
    return fail(ErrorCode::InvalidInput,
                fmt::format("not JSON: {}", simdjson::error_message(error)));
  }
  object members;
  if (root.get(members) != simdjson::SUCCESS) {
    return fail(ErrorCode::InvalidInput, "not a JSON object");
  }
  TraceRecord record;
  record.schema_version = 0;
  std::string wrong;
  Members in(wrong);
  if (element version; members["schema_version"].get(version) == simdjson::SUCCESS) {
    in.integer(version, "schema_version", record.schema_version);
    if (record.schema_version > kTraceSchemaVersion) {
      return fail(ErrorCode::LimitExceeded,
                  fmt::format("written by a newer version: schema {}, this program reads up to {}",
                              record.schema_version, kTraceSchemaVersion));
    }
  }
  bool is_trace = false;
  for (const auto& field : members) {
    is_trace |= field.key == "request_id" || field.key == "question";
    read_member(in, field.key, field.value, record);
  }
  if (!wrong.empty()) return fail(ErrorCode::InvalidInput, std::move(wrong));
  if (!is_trace) {
    return fail(ErrorCode::InvalidInput, "not a trace record: neither request_id nor question");
  }
  return record;
}

Result<TraceRecord> parse_trace_line(std::string_view line) {
  LineParser parser;
  return parser.parse(line);
}

}  // namespace muai
