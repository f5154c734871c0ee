#pragma once

// RapidCheck generators of trace records: any text, any finite number, any shape. Record ids are
// unique only where a test makes them so.

#include <rapidcheck.h>

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "muai/trace/record.h"

namespace muai::testing {

inline rc::Gen<std::string> any_text() {
  return rc::gen::map(
      rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
          "a", "word ", "天", "气", "\n", "\"", "\\", "\x01", "é", "𝄞", "0", " ", "/", "end.")),
      [](const std::vector<std::string>& parts) {
        std::string text;
        for (const std::string& part : parts) text += part;
        return text;
      });
}

inline rc::Gen<double> any_number() {
  return rc::gen::oneOf(
      rc::gen::map(rc::gen::arbitrary<double>(),
                   [](double value) { return std::isfinite(value) ? value : 0.5; }),
      rc::gen::map(rc::gen::inRange<std::int64_t>(0, 2'000'000'000'000'000),
                   [](std::int64_t micro) { return static_cast<double>(micro) / 1e6; }),
      rc::gen::map(rc::gen::inRange<int>(-1000, 1000),
                   [](int whole) { return static_cast<double>(whole); }));
}

inline rc::Gen<std::vector<std::string>> any_texts() {
  return rc::gen::resize(4, rc::gen::container<std::vector<std::string>>(any_text()));
}

inline std::optional<ErrorRecord> any_error() {
  return ErrorRecord{*any_text(), *any_text(), *any_text()};
}

inline StepRecord any_step() {
  StepRecord step;
  step.step_name = *rc::gen::element<std::string>("web_search", "fetch_url", "Deep_SEARCH", "x");
  step.node = *any_text();
  step.parent = *any_text();
  step.attempt = *rc::gen::arbitrary<std::int64_t>();
  step.start_time = *any_number();
  step.end_time = *any_number();
  step.latency_ms = *any_number();
  step.vram_peak_mb = *rc::gen::arbitrary<std::int64_t>();
  step.success = *rc::gen::arbitrary<bool>();
  if (!step.success) step.error = any_error();
  step.completion_tokens = *rc::gen::arbitrary<std::int64_t>();
  step.models = *any_texts();
  step.notes = *any_texts();
  if (*rc::gen::arbitrary<bool>()) {
    step.model_events = {{ModelEventKind::Fallback, *any_text(), *any_text(), *any_number()}};
    step.tool_calls = {{*any_text(), *any_text(), *any_number(), *any_number(),
                        *rc::gen::arbitrary<bool>(), *any_text()}};
    step.recordings = {{RecordingKind::Tool, *any_text(), *any_text(), *any_text()},
                       {RecordingKind::Model, *any_text(), *any_text(), *any_text()}};
    step.inputs = {{*any_text(), *any_text()}};
    step.outputs = {{*any_text(), *any_text()}};
  }
  return step;
}

inline TraceRecord any_record() {
  TraceRecord record;
  record.request_id = *any_text();
  if (*rc::gen::arbitrary<bool>()) record.conversation_id = *any_text();
  record.question = *any_text();
  record.chosen_workflow = *any_text();
  record.router_version = *rc::gen::element<std::string>("v1", "v2", "v3", "none");
  record.mode = *rc::gen::element<std::string>("chat", "default");
  if (*rc::gen::arbitrary<bool>()) record.turn_index = *rc::gen::arbitrary<std::int64_t>();
  record.timestamp = *any_number();
  record.success = *rc::gen::arbitrary<bool>();
  if (!record.success) record.error = any_error();
  if (*rc::gen::arbitrary<bool>()) {
    record.candidates = {{*any_text(), *any_number()}};
    record.route_reasons = *any_texts();
    record.propensity = *any_number();
    record.explored = *rc::gen::arbitrary<bool>();
    record.shadow = *rc::gen::arbitrary<bool>();
  }
  record.final_answer = *any_text();
  record.urls_used = *any_texts();
  record.citations = *any_texts();
  record.citation_counts = *rc::gen::arbitrary<std::vector<std::int64_t>>();
  if (*rc::gen::arbitrary<bool>()) {
    record.citation_spans = {
        {1, *any_text(), *any_text(), 0, 5, 0, 5, *any_text(), *any_text(), *any_number(), ""}};
  }
  record.quality_signals.answer_length = *rc::gen::arbitrary<std::int64_t>();
  record.quality_signals.has_search = *rc::gen::arbitrary<bool>();
  record.cost_stats = {{*any_text(), *any_number()}};
  record.wall_ms = *any_number();
  record.retries = *rc::gen::arbitrary<std::int64_t>();
  record.given = *any_text();
  const int steps = *rc::gen::inRange(0, 4);
  for (int i = 0; i < steps; ++i) record.steps.push_back(any_step());
  return record;
}

}  // namespace muai::testing
