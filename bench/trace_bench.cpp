// The trace's hot paths: one record of about 1 KiB made into a line, appended with one write(),
// and read back.

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "muai/trace/reader.h"
#include "muai/trace/sink.h"
#include "trace/line_writer.h"

namespace muai {
namespace {

// Two steps, a question, an answer with one citation: a line of 1 KiB.
TraceRecord typical_record() {
  TraceRecord record;
  record.request_id = "6f1c2a3b-4d5e-4f60-8a7b-9c0d1e2f3a4b";
  record.question = "Which index does lower(name) use?";
  record.chosen_workflow = "search_qa_fast";
  record.router_version = "v1";
  record.timestamp = 1764075600.123456;
  record.final_answer = "Create it on lower(name).";
  record.urls_used = {"kb://pg/indexes.html"};
  record.quality_signals = {1, 51, true, true, false, false};
  record.wall_ms = 143.25;
  for (const char* name : {"web_search", "answer_generate"}) {
    StepRecord step;
    step.step_name = name;
    step.start_time = 1764075600.123456;
    step.end_time = 1764075600.2235;
    step.latency_ms = 71.4;
    record.steps.push_back(step);
  }
  return record;
}

std::string folder() {
  static const std::string made = [] {
    std::string name = (std::filesystem::temp_directory_path() / "muai-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    return name;
  }();
  return made;
}

void line(benchmark::State& state) {
  const TraceRecord record = typical_record();
  LineWriter writer(Redactor(), TraceContent::Full);
  BlobFolder blobs(folder() + "/blobs");
  std::size_t bytes = 0;
  for (auto _ : state) bytes = writer.write(record, blobs).size();
  state.counters["bytes"] = static_cast<double>(bytes);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(line);

void append(benchmark::State& state) {
  const TraceRecord record = typical_record();
  const std::string path = folder() + "/traces.jsonl";
  auto sink = JsonlSink::open({.path = path}).value();
  for (auto _ : state) {
    if (!sink->append(record)) state.SkipWithError("append failed");
  }
  state.SetItemsProcessed(state.iterations());
  sink.reset();
  std::filesystem::remove(path);
}
BENCHMARK(append)->Iterations(500'000);

// The floor: the same bytes with write() alone.
void append_floor(benchmark::State& state) {
  LineWriter writer(Redactor(), TraceContent::Full);
  BlobFolder blobs(folder() + "/blobs");
  const std::string bytes(writer.write(typical_record(), blobs));
  const std::string path = folder() + "/floor.jsonl";
  const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600);
  for (auto _ : state) benchmark::DoNotOptimize(::write(file, bytes.data(), bytes.size()));
  state.SetItemsProcessed(state.iterations());
  ::close(file);
  std::filesystem::remove(path);
}
BENCHMARK(append_floor)->Iterations(500'000);

void parse(benchmark::State& state) {
  LineWriter writer(Redactor(), TraceContent::Full);
  BlobFolder blobs(folder() + "/blobs");
  const std::string bytes(writer.write(typical_record(), blobs));
  for (auto _ : state) benchmark::DoNotOptimize(parse_trace_line(bytes));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(parse);

void redact_clean(benchmark::State& state) {
  std::string text;
  while (text.size() < 64 * 1024) {
    text += "PostgreSQL can build an index on an expression: see the manual, section 11.7. ";
  }
  const Redactor redactor({"configured-secret"});
  for (auto _ : state) benchmark::DoNotOptimize(redactor.is_clean(text));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(redact_clean);

}  // namespace
}  // namespace muai

BENCHMARK_MAIN();
