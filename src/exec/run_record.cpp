#include "muai/exec/run_record.h"

#include <algorithm>
#include <tuple>

#include "muai/core/sha256.h"
#include "muai/graph/compiled_graph.h"

namespace muai {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;
using Seconds = std::chrono::duration<double>;

// Empty when the value has no JSON form; then it has no digest either.
std::string digest_of(const Value& value) {
  std::string text;
  JsonWriter writer(text);
  if (!value.type().write(value, writer)) return {};
  return sha256_hex(text);
}

void add_digest(std::vector<KeyDigest>& digests, KeyId key, const Value* value) {
  if (!value) return;
  std::string digest = digest_of(*value);
  if (!digest.empty()) digests.push_back({std::string(key_name(key)), std::move(digest)});
}

void add_states(StepRecord& record, const Step& step, const AttemptRecord& attempt) {
  for (const auto& keys : {step.contract().reads, step.contract().may_read})
    for (const KeyId key : keys) add_digest(record.inputs, key, attempt.in.find_value(key));
  if (attempt.end != AttemptEnd::Succeeded) return;
  State::diff(attempt.in, attempt.out, [&](KeyId key, const ValuePtr&, const ValuePtr& after) {
    add_digest(record.outputs, key, after.get());
  });
}

void add_detail(StepRecord& record, const AttemptDetail& detail) {
  if (detail.error) record.error = ErrorRecord::from_error(*detail.error, detail.throw_site);
  record.vram_peak_mb = detail.usage.vram_peak_mb;
  record.model_loads = detail.usage.model_loads;
  record.prompt_tokens = detail.usage.prompt_tokens;
  record.completion_tokens = detail.usage.completion_tokens;
  record.cost_micro_usd = detail.usage.cost_micro_usd;
  record.models = detail.models;
  record.model_events = detail.model_events;
  record.tool_calls = detail.tool_calls;
  record.recordings = detail.recordings;
  record.notes = detail.notes;
}

StepRecord step_record(const RunRecord& run, const AttemptRecord& attempt,
                       const std::string& parent) {
  const CompiledGraph::CompiledNode& node = run.workflow.compiled().nodes()[attempt.node];
  StepRecord record;
  record.step_name = node.step->name();
  record.node = node.node->name;
  record.parent = parent;
  record.attempt = attempt.attempt;
  record.start_time = run.unix_seconds + Seconds(attempt.started - run.started).count();
  record.end_time = run.unix_seconds + Seconds(attempt.ended - run.started).count();
  record.latency_ms = Milliseconds(attempt.ended - attempt.started).count();
  record.success = attempt.end == AttemptEnd::Succeeded;
  if (attempt.detail) add_detail(record, *attempt.detail);
  add_states(record, *node.step, attempt);
  return record;
}

struct Timed {
  TimePoint started;
  std::size_t position;  // in the order of collection: a parent before its children
  StepRecord record;
};

void collect(const RunRecord& run, const std::string& parent, std::vector<Timed>& found) {
  for (const AttemptRecord& attempt : run.attempts) {
    found.push_back({attempt.started, found.size(), step_record(run, attempt, parent)});
    if (!attempt.detail) continue;
    const std::string& node = run.workflow.compiled().nodes()[attempt.node].node->name;
    const std::string inside = parent.empty() ? node : parent + "/" + node;
    for (const RunRecord& child : attempt.detail->children) collect(child, inside, found);
  }
}

template <class Visit>
void visit_attempts(const RunRecord& run, Visit&& visit) {
  for (const AttemptRecord& attempt : run.attempts) {
    visit(attempt);
    if (!attempt.detail) continue;
    for (const RunRecord& child : attempt.detail->children) visit_attempts(child, visit);
  }
}

}  // namespace

Usage RunRecord::usage() const {
  Usage sum;
  visit_attempts(*this, [&](const AttemptRecord& attempt) {
    if (attempt.detail) sum += attempt.detail->usage;
  });
  return sum;
}

std::int64_t RunRecord::retries() const {
  std::int64_t count = 0;
  visit_attempts(*this, [&](const AttemptRecord& attempt) {
    if (attempt.attempt > 1) ++count;
  });
  return count;
}

std::vector<StepRecord> step_records(const RunRecord& record) {
  std::vector<Timed> found;
  collect(record, {}, found);
  std::sort(found.begin(), found.end(), [](const Timed& a, const Timed& b) {
    return std::tie(a.started, a.position) < std::tie(b.started, b.position);
  });
  std::vector<StepRecord> steps;
  steps.reserve(found.size());
  for (Timed& timed : found) steps.push_back(std::move(timed.record));
  return steps;
}

}  // namespace muai
