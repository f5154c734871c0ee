// Laws of the trace: nothing is lost, nothing is changed, nothing secret comes through.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>
#include <fstream>

#include "muai/text/utf8.h"
#include "muai/trace/reader.h"
#include "muai/trace/signals.h"
#include "muai/trace/sink.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/trace_generators.h"
#include "tests/support/trace_records.h"
#include "trace/line_writer.h"

namespace muai {
namespace {

using testing::any_record;
using testing::any_text;
using testing::TemporaryFolder;

void expect_members(const boost::json::object& object, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (!object.contains(name)) RC_FAIL(std::string("no member ") + name);
  }
}

RC_GTEST_PROP(TraceProperties, P15_TraceComplete, ()) {
  const TraceRecord record = any_record();
  BlobFolder nowhere("/proc/none");
  LineWriter writer(Redactor(), TraceContent::Full);
  const std::string line(writer.write(record, nowhere));
  RC_ASSERT(line.find('\n') == line.size() - 1);
  const auto object = boost::json::parse(line.substr(0, line.size() - 1)).as_object();
  expect_members(object, {"schema_version",
                          "request_id",
                          "conversation_id",
                          "question",
                          "chosen_workflow",
                          "router_version",
                          "mode",
                          "turn_index",
                          "timestamp",
                          "success",
                          "final_answer",
                          "urls_used",
                          "quality_signals",
                          "cost_stats",
                          "steps",
                          "prompt_tokens",
                          "completion_tokens",
                          "cost_micro_usd",
                          "retries",
                          "wall_ms"});
  expect_members(object.at("quality_signals").as_object(),
                 {"citation_count", "answer_length", "has_search", "has_citations", "has_structure",
                  "failure_occurred"});
  RC_ASSERT(object.at("steps").as_array().size() == record.steps.size());
  for (const auto& step : object.at("steps").as_array()) {
    expect_members(step.as_object(),
                   {"step_name", "start_time", "end_time", "latency_ms", "vram_peak_mb",
                    "model_loads", "success", "error", "error_type", "stack_trace", "attempt"});
  }
  const auto read = parse_trace_line(line);
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == record);
}

RC_GTEST_PROP(TraceProperties, P16_ExecutionsAndLinesAreOneToOneAndUnchanged, ()) {
  const TemporaryFolder folder;
  TraceOptions options{.path = folder / "traces.jsonl"};
  options.rotate_bytes = *rc::gen::element<std::int64_t>(0, 1, 2'000, 10'000);
  std::vector<TraceRecord> records;
  std::vector<std::unique_ptr<JsonlSink>> sinks;
  for (int i = 0; i < 2; ++i) sinks.push_back(JsonlSink::open(options).value());
  const int count = *rc::gen::inRange(0, 12);
  for (int i = 0; i < count; ++i) {
    records.push_back(any_record());
    auto& sink = sinks[*rc::gen::inRange<std::size_t>(0, 2)];
    RC_ASSERT(sink->append(records.back()).has_value());
    if (*rc::gen::inRange(0, 5) == 0) sink = JsonlSink::open(options).value();
  }
  std::vector<TraceRecord> read;
  const ReadCounts counts = TraceReader(options.path)
                                .walk(WalkOrder::OldestFirst,
                                      [&](TraceRecord&& record) {
                                        read.push_back(std::move(record));
                                        return Walk::Continue;
                                      })
                                .value();
  RC_ASSERT(counts.damaged == 0);
  // Two writers may be in different files of the set for a moment: order is per writer.
  RC_ASSERT(read.size() == records.size());
  for (const TraceRecord& record : records) {
    const auto found = std::ranges::find(read, record);
    RC_ASSERT(found != read.end());
    read.erase(found);
  }
}

RC_GTEST_PROP(TraceProperties, P17_ExceptionTypeMessageAndStackAreCaptured, ()) {
  const std::string message = *rc::gen::nonEmpty(any_text());
  const bool is_exception = *rc::gen::arbitrary<bool>();
  Error error(ErrorCode::StepFailed, message);
  if (is_exception) error = std::move(error).from_exception("muai::Refused");
  const int depth = *rc::gen::inRange(0, 5);
  for (int i = 0; i < depth; ++i) {
    error = std::move(error).passed_on(std::source_location::current());
    error = std::move(error).inside("level" + std::to_string(i));
  }
  TraceRecord record;
  record.success = false;
  record.error = ErrorRecord::from_error(error);
  record.steps.resize(1);
  record.steps[0].success = false;
  record.steps[0].error = record.error;
  BlobFolder nowhere("/proc/none");
  LineWriter writer(Redactor(), TraceContent::Full);
  const TraceRecord read = parse_trace_line(writer.write(record, nowhere)).value();
  for (const auto& found : {read.error, read.steps[0].error}) {
    RC_ASSERT(found.has_value());
    RC_ASSERT(found->error == message);
    RC_ASSERT(found->error_type == (is_exception ? "muai::Refused" : "step_failed"));
    RC_ASSERT(found->stack_trace.find("trace_properties.cpp:") != std::string::npos);
    if (depth > 0) RC_ASSERT(found->stack_trace.starts_with("in level"));
  }
}

RC_GTEST_PROP(TraceProperties, P18_QualitySignalsEqualTheStatesFacts, ()) {
  const auto citations = *testing::any_texts();
  const std::string answer = *any_text();
  std::vector<StepRecord> steps;
  const int count = *rc::gen::inRange(0, 5);
  for (int i = 0; i < count; ++i) steps.push_back(testing::any_step());
  const bool has_lesson = *rc::gen::arbitrary<bool>();
  const QualitySignals signals =
      quality_signals({.citations = citations,
                       .final_answer = answer,
                       .steps = steps,
                       .lesson = has_lesson ? LessonStructure::Present : LessonStructure::Absent});
  std::size_t code_points = 0;
  for (Utf8Cursor at(answer); !at.done(); at.next()) ++code_points;
  bool has_search = false;
  bool has_failure = false;
  for (const StepRecord& step : steps) {
    has_search |= step.step_name == "web_search" || step.step_name == "Deep_SEARCH";
    has_failure |= !step.success;
  }
  RC_ASSERT(signals.citation_count == static_cast<std::int64_t>(citations.size()));
  RC_ASSERT(signals.answer_length == static_cast<std::int64_t>(code_points));
  RC_ASSERT(signals.has_search == has_search);
  RC_ASSERT(signals.has_citations == !citations.empty());
  RC_ASSERT(signals.has_structure == has_lesson);
  RC_ASSERT(signals.failure_occurred == has_failure);
}

RC_GTEST_PROP(TraceProperties, AnyRecordFitsALineAndIsWholeAgainWithItsBlobs, ()) {
  const TemporaryFolder folder;
  TraceRecord record = any_record();
  const auto blown = [](const std::string& part, std::size_t bytes) {
    std::string text;
    while (!part.empty() && text.size() < bytes) text += part;
    return text;
  };
  const std::string part = *any_text();
  const auto size = [] { return *rc::gen::element<std::size_t>(0, 100, 17'000, 49'200, 70'000); };
  record.question = blown(part, size());
  record.final_answer = blown(part, size());
  record.given = blown(part, size());
  record.notes.assign(*rc::gen::inRange<std::size_t>(0, 200), blown(part, 300));
  for (StepRecord& step : record.steps) step.notes.assign(3, blown(part, size()));
  auto sink = JsonlSink::open({.path = folder / "traces.jsonl"}).value();
  RC_ASSERT(sink->append(record).has_value());
  RC_ASSERT(testing::file_bytes(folder / "traces.jsonl").size() <= kTraceLineBytesMax);
  const TraceReader reader(folder / "traces.jsonl");
  TraceRecord read = reader.complete(reader.find("1").value_or(TraceRecord{})).value();
  if (record.shadow) return;  // "1" counts no shadow runs
  RC_ASSERT(read == record);
}

RC_GTEST_PROP(TraceProperties, RedactionIsIdempotentAndAgreesWithIsClean, ()) {
  const auto parts = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "sk-", "proj-", "A1RnvifWPcAEs8DMUcBftFix", "Bearer ", "password=", "\"", ": ", "=", "eyJ",
      ".", "https://", "u:", "@", "/", "天", "cookie: ", "a=b; ", "-----BEGIN ", "PRIVATE KEY-----",
      "-----END", "AKIA", "R2MD4EGJBC30RPGD", "\n", "token", "[redacted]", "hunter2", "ghp_"));
  std::string text;
  for (const std::string& part : parts) text += part;
  const Redactor redactor({"hunter2"});
  const std::string cleaned = redactor.redacted(text);
  RC_ASSERT(redactor.is_clean(text) == (cleaned == text));
  RC_ASSERT(cleaned.find("hunter2") == std::string::npos);
}

RC_GTEST_PROP(TraceProperties, WalksFromBothEndsSeeTheSameRecords, ()) {
  const TemporaryFolder folder;
  const std::string path = folder / "traces.jsonl";
  const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "{\"request_id\":\"a\"}\n", "{\"request_id\":\"b\"}", "\n", "torn{", "   \n",
      "{\"request_id\":\"" + std::string(300'000, 'x') + "\"}\n"));
  {
    std::ofstream out(path, std::ios::binary);
    for (const std::string& piece : pieces) out << piece;
  }
  std::vector<std::vector<std::string>> found(2);
  std::vector<ReadCounts> counts;
  for (WalkOrder order : {WalkOrder::OldestFirst, WalkOrder::NewestFirst}) {
    auto& ids = found[order == WalkOrder::OldestFirst ? 0 : 1];
    counts.push_back(TraceReader(path)
                         .walk(order,
                               [&](TraceRecord&& record) {
                                 ids.push_back(record.request_id);
                                 return Walk::Continue;
                               })
                         .value());
  }
  std::ranges::reverse(found[1]);
  RC_ASSERT(found[0] == found[1]);
  RC_ASSERT(counts[0].damaged == counts[1].damaged);
}

}  // namespace
}  // namespace muai
