#include "trace/line_writer.h"

// The line is written from front to back straight from the record, cleaning each string on its
// way. A record that does not fit is written again with less detail; kDetails is the order in
// which detail is given up.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "muai/core/sha256.h"
#include "trace/files.h"

namespace muai {

namespace {

enum class StepDetail : std::uint8_t {
  Full,
  Brief,     // without recordings, tool calls, digests and model events
  Contract,  // the members of the earlier system, attempt, node and parent
};

constexpr std::size_t kUnlimited = SIZE_MAX;
constexpr std::size_t kPrefixBytes = 512;              // kept of a cut value
constexpr std::size_t kAnswerPrefixBytes = 12 * 1024;  // kept of a cut answer or question
constexpr std::size_t kTailBytes = 1024;               // what may follow the steps

}  // namespace

struct LineDetail {
  std::size_t value_bytes_max;  // longer strings are cut
  std::size_t answer_bytes_max;
  std::size_t question_bytes_max;
  std::size_t items_max;  // of each list but `steps`
  StepDetail steps;
  bool names_cuts;   // each cut value goes to a blob of its own; else the record goes as a whole
  bool omits_steps;  // those that do not fit
};

namespace {

constexpr LineDetail kWhole{kUnlimited,       kUnlimited, kUnlimited, kUnlimited,
                            StepDetail::Full, true,       false};

constexpr std::array kDetails = {
    LineDetail{16 * 1024, kTraceAnswerBytesMax, kUnlimited, kUnlimited, StepDetail::Full, true,
               false},
    LineDetail{kPrefixBytes, kTraceAnswerBytesMax, kUnlimited, kUnlimited, StepDetail::Full, true,
               false},
    LineDetail{256, kTraceAnswerBytesMax, kUnlimited, 64, StepDetail::Brief, false, false},
    LineDetail{256, kTraceAnswerBytesMax, kUnlimited, 64, StepDetail::Contract, false, false},
    LineDetail{256, kAnswerPrefixBytes, kAnswerPrefixBytes, 64, StepDetail::Contract, false, false},
    LineDetail{64, kAnswerPrefixBytes, kAnswerPrefixBytes, 8, StepDetail::Contract, false, true},
};

}  // namespace

bool BlobFolder::keep(std::string_view sha256, std::string_view bytes) {
  const std::string path = fmt::format("{}/{}", path_, sha256);
  if (::access(path.c_str(), F_OK) == 0) return true;  // the same bytes, by their name
  const std::string temporary = fmt::format("{}/.{}.{}", path_, sha256, ::getpid());
  if (ensure_folder(path_) && write_whole(path, temporary, bytes)) return true;
  ++lost_;
  return false;
}

std::string_view LineWriter::write(const TraceRecord& record, BlobFolder& blobs) {
  std::string whole;
  for (const LineDetail& detail : kDetails) {
    if (!detail.names_cuts && whole.empty()) whole = whole_record(record);
    write_record(record, detail);
    if (!detail.names_cuts) {
      const auto bytes = static_cast<std::int64_t>(whole.size());
      cuts_.assign(1, Cut{TruncatedValue{"", sha256_hex(whole), bytes}, ""});
    }
    std::size_t needed = line_.size() + 64;
    for (const Cut& cut : cuts_) needed += cut.value.field.size() + 160;
    if (needed <= kTraceLineBytesMax) break;
  }
  if (!whole.empty()) cuts_.front().whole = std::move(whole);
  write_truncated(blobs);
  line_.raw("}\n");
  return line_.view();
}

std::string LineWriter::whole_record(const TraceRecord& record) {
  write_record(record, kWhole);
  line_.raw("}");
  return std::string(line_.view());
}

void LineWriter::write_truncated(BlobFolder& blobs) {
  if (cuts_.empty()) return;
  name("truncated");
  line_.raw("[");
  for (Cut& cut : cuts_) {
    if (!blobs.keep(cut.value.sha256, cut.whole)) cut.value.sha256.clear();
    line_.raw(&cut == &cuts_.front() ? "{" : ",{");
    name("field");
    line_.string(cut.value.field);
    name("sha256");
    line_.string(cut.value.sha256);
    count("bytes", cut.value.bytes);
    line_.raw("}");
  }
  line_.raw("]");
}

// --- members ----------------------------------------------------------------------------------

void LineWriter::name(const MemberName& member) { line_.member(member); }

void LineWriter::content(const MemberName& member, std::string_view text) {
  content(member, text, detail_->value_bytes_max);
}

void LineWriter::content(const MemberName& member, std::string_view text, std::size_t bytes_max) {
  name(member);
  content_value(member.view(), text, bytes_max);
}

void LineWriter::term(const MemberName& member, std::string_view text) {
  name(member);
  redacted_value(member.view(), text, detail_->value_bytes_max);
}

void LineWriter::count(const MemberName& member, std::int64_t value) {
  name(member);
  line_.number(value);
}

void LineWriter::count_unless_zero(const MemberName& member, std::int64_t value) {
  if (value != 0) count(member, value);
}

void LineWriter::real(const MemberName& member, double value) {
  name(member);
  line_.number(value);
}

void LineWriter::flag(const MemberName& member, bool value) {
  name(member);
  line_.boolean(value);
}

std::size_t LineWriter::items(std::size_t size) const { return std::min(size, detail_->items_max); }

template <class Values, class WriteOne>
void LineWriter::list(const MemberName& member, const Values& values, WriteOne write_one) {
  name(member);
  line_.raw("[");
  const bool is_inner = !place_.list.empty();
  (is_inner ? place_.sublist : place_.list) = member.view();
  for (std::size_t i = 0; i < items(values.size()); ++i) {
    if (i != 0) line_.raw(",");
    (is_inner ? place_.subindex : place_.index) = i;
    write_one(values[i]);
  }
  (is_inner ? place_.sublist : place_.list) = {};
  line_.raw("]");
}

void LineWriter::texts(const MemberName& member, const std::vector<std::string>& values,
                       TextKind kind) {
  list(member, values, [&](const std::string& value) {
    if (kind == TextKind::Content) {
      content_value("", value, detail_->value_bytes_max);
    } else {
      redacted_value("", value, detail_->value_bytes_max);
    }
  });
}

// --- strings ----------------------------------------------------------------------------------

void LineWriter::content_value(std::string_view member, std::string_view text,
                               std::size_t bytes_max) {
  if (content_ == TraceContent::Full) return redacted_value(member, text, bytes_max);
  if (content_ == TraceContent::Off || text.empty()) return line_.raw("\"\"");
  line_.raw("\"sha256:");
  line_.raw(sha256_hex(redactor_.redacted(text)));
  line_.raw("\"");
}

void LineWriter::redacted_value(std::string_view member, std::string_view text,
                                std::size_t bytes_max) {
  const bool is_clean = redactor_.is_clean(text);
  std::string cleaned;
  if (!is_clean) cleaned = redactor_.redacted(text);
  const std::string_view value = is_clean ? text : cleaned;
  const std::size_t begin = line_.size();
  if (value.size() <= bytes_max && line_.string(value, bytes_max)) return;
  line_.cut_to(begin);
  cut_value(member, std::string(value), bytes_max);
}

void LineWriter::cut_value(std::string_view member, std::string whole, std::size_t bytes_max) {
  const bool is_answer = place_.list.empty() && (member == "final_answer" || member == "question");
  line_.string(whole, std::min(bytes_max, is_answer ? kAnswerPrefixBytes : kPrefixBytes));
  if (!detail_->names_cuts) return;
  const auto bytes = static_cast<std::int64_t>(whole.size());
  TruncatedValue value{pointer_to(member), sha256_hex(whole), bytes};
  cuts_.push_back({std::move(value), std::move(whole)});
}

std::string LineWriter::pointer_to(std::string_view member) const {
  std::string pointer;
  if (!place_.list.empty()) pointer = fmt::format("/{}/{}", place_.list, place_.index);
  if (!place_.sublist.empty()) pointer += fmt::format("/{}/{}", place_.sublist, place_.subindex);
  if (!member.empty()) pointer += fmt::format("/{}", member);
  return pointer;
}

// --- the record -------------------------------------------------------------------------------

void LineWriter::write_record(const TraceRecord& record, const LineDetail& detail) {
  detail_ = &detail;
  place_ = {};
  cuts_.clear();
  steps_omitted_ = record.steps_omitted;
  line_.clear();
  line_.raw("{");
  count("schema_version", kTraceSchemaVersion);
  term("request_id", record.request_id);
  name("conversation_id");
  if (record.conversation_id) {
    redacted_value("conversation_id", *record.conversation_id, detail_->value_bytes_max);
  } else {
    line_.raw("null");
  }
  content("question", record.question, detail.question_bytes_max);
  term("chosen_workflow", record.chosen_workflow);
  term("router_version", record.router_version);
  term("mode", record.mode);
  name("turn_index");
  record.turn_index ? line_.number(*record.turn_index) : line_.raw("null");
  real("timestamp", record.timestamp);
  flag("success", record.success);
  if (record.error) {
    content("error", record.error->error);
    term("error_type", record.error->error_type);
    term("stack_trace", record.error->stack_trace);
  }
  write_routing(record);
  write_outcome(record);
  write_cost(record);
  write_steps(record);
  count_unless_zero("steps_omitted", steps_omitted_);
}

void LineWriter::write_routing(const TraceRecord& record) {
  if (!record.candidates.empty()) {
    list("candidates", record.candidates, [&](const CandidateRecord& candidate) {
      line_.raw("{");
      term("workflow", candidate.workflow);
      real("score", candidate.score);
      line_.raw("}");
    });
  }
  if (!record.route_reasons.empty()) {
    texts("route_reasons", record.route_reasons, TextKind::Content);
  }
  if (record.propensity) real("propensity", *record.propensity);
  if (record.explored) flag("explored", true);
  if (!record.greedy_workflow.empty()) term("greedy_workflow", record.greedy_workflow);
  if (record.shadow) flag("shadow", true);
}

void LineWriter::write_outcome(const TraceRecord& record) {
  content("final_answer", record.final_answer, detail_->answer_bytes_max);
  texts("urls_used", record.urls_used, TextKind::Content);
  if (!record.citations.empty()) texts("citations", record.citations, TextKind::Content);
  if (!record.citation_counts.empty()) {
    list("citation_counts", record.citation_counts,
         [&](std::int64_t times) { line_.number(times); });
  }
  if (!record.citation_spans.empty()) write_spans(record);
  const QualitySignals& signals = record.quality_signals;
  name("quality_signals");
  line_.raw("{");
  count("citation_count", signals.citation_count);
  count("answer_length", signals.answer_length);
  flag("has_search", signals.has_search);
  flag("has_citations", signals.has_citations);
  flag("has_structure", signals.has_structure);
  flag("failure_occurred", signals.failure_occurred);
  line_.raw("}");
}

void LineWriter::write_spans(const TraceRecord& record) {
  list("citation_spans", record.citation_spans, [&](const CitationSpan& span) {
    line_.raw("{");
    count("n", span.n);
    content("url", span.url);
    content("title", span.title);
    count("start", span.start);
    count("end", span.end);
    count("byte_start", span.byte_start);
    count("byte_end", span.byte_end);
    content("quote", span.quote);
    term("text_sha256", span.text_sha256);
    real("retrieved_at", span.retrieved_at);
    line_.raw("}");
  });
}

void LineWriter::write_cost(const TraceRecord& record) {
  name("cost_stats");
  line_.raw("{");
  for (std::size_t i = 0; i < items(record.cost_stats.size()); ++i) {
    if (i != 0) line_.raw(",");
    redacted_value("cost_stats", record.cost_stats[i].first, detail_->value_bytes_max);
    line_.raw(":");
    line_.number(record.cost_stats[i].second);
  }
  line_.raw("}");
  real("wall_ms", record.wall_ms);
  count("prompt_tokens", record.prompt_tokens);
  count("completion_tokens", record.completion_tokens);
  count("cost_micro_usd", record.cost_micro_usd);
  count("retries", record.retries);
  if (!record.models.empty()) texts("models", record.models, TextKind::Term);
  if (!record.given.empty()) content("given", record.given);
  if (!record.notes.empty()) texts("notes", record.notes, TextKind::Content);
}

// --- steps ------------------------------------------------------------------------------------

void LineWriter::write_steps(const TraceRecord& record) {
  name("steps");
  line_.raw("[");
  place_.list = "steps";
  for (std::size_t i = 0; i < record.steps.size(); ++i) {
    const std::size_t begin = line_.size();
    if (i != 0) line_.raw(",");
    place_.index = i;
    write_step(record.steps[i]);
    if (detail_->omits_steps && line_.size() > kTraceLineBytesMax - kTailBytes) {
      line_.cut_to(begin);
      steps_omitted_ += static_cast<std::int64_t>(record.steps.size() - i);
      break;
    }
  }
  place_.list = {};
  line_.raw("]");
}

void LineWriter::write_step(const StepRecord& step) {
  line_.raw("{");
  term("step_name", step.step_name);
  if (!step.node.empty()) term("node", step.node);
  if (!step.parent.empty()) term("parent", step.parent);
  count("attempt", step.attempt);
  real("start_time", step.start_time);
  real("end_time", step.end_time);
  real("latency_ms", step.latency_ms);
  count("vram_peak_mb", step.vram_peak_mb);
  count("model_loads", step.model_loads);
  flag("success", step.success);
  write_step_error(step);
  if (detail_->steps != StepDetail::Contract) write_step_extras(step);
  line_.raw("}");
}

void LineWriter::write_step_error(const StepRecord& step) {
  if (!step.error) {
    name("error");
    line_.raw("null,\"error_type\":null,\"stack_trace\":null");
    return;
  }
  content("error", step.error->error);
  term("error_type", step.error->error_type);
  term("stack_trace", step.error->stack_trace);
}

void LineWriter::write_step_extras(const StepRecord& step) {
  count_unless_zero("prompt_tokens", step.prompt_tokens);
  count_unless_zero("completion_tokens", step.completion_tokens);
  count_unless_zero("cost_micro_usd", step.cost_micro_usd);
  if (!step.models.empty()) texts("models", step.models, TextKind::Term);
  if (!step.notes.empty()) texts("notes", step.notes, TextKind::Content);
  if (detail_->steps != StepDetail::Full) return;
  if (!step.model_events.empty()) {
    list("model_events", step.model_events, [&](const ModelEvent& event) {
      line_.raw("{");
      term("kind", to_string(event.kind));
      term("model", event.model);
      term("reason", event.reason);
      real("timestamp", event.timestamp);
      line_.raw("}");
    });
  }
  write_calls(step);
  write_digests("inputs", step.inputs);
  write_digests("outputs", step.outputs);
}

void LineWriter::write_calls(const StepRecord& step) {
  if (!step.tool_calls.empty()) {
    list("tool_calls", step.tool_calls, [&](const ToolCallRecord& call) {
      line_.raw("{");
      term("name", call.name);
      content("arguments", call.arguments);
      real("start_time", call.start_time);
      real("latency_ms", call.latency_ms);
      flag("success", call.success);
      if (!call.error.empty()) content("error", call.error);
      line_.raw("}");
    });
  }
  if (!step.recordings.empty()) {
    list("recordings", step.recordings, [&](const Recording& recording) {
      line_.raw("{");
      term("kind", to_string(recording.kind));
      term("name", recording.name);
      term("request_sha256", recording.request_sha256);
      content("response", recording.response);
      line_.raw("}");
    });
  }
}

void LineWriter::write_digests(const MemberName& member, const std::vector<KeyDigest>& digests) {
  if (digests.empty()) return;
  list(member, digests, [&](const KeyDigest& digest) {
    line_.raw("{");
    term("key", digest.key);
    term("sha256", digest.sha256);
    line_.raw("}");
  });
}

}  // namespace muai
