// `muai trace`: what earlier runs did.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "muai/commands.h"
#include "muai/core/json.h"
#include "muai/report.h"
#include "muai/run_request.h"
#include "muai/session.h"
#include "muai/text/utf8.h"
#include "muai/text/width.h"
#include "muai/trace/purge.h"
#include "muai/trace_tree.h"
#include "muai/workflow/standard_workflows.h"

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::int64_t kListedDefault = 20;
constexpr std::size_t kWorkflowColumns = 16;

// "2026-11-25" or "2026-11-25T14:00" or "...14:00:05", in UTC.
Result<double> parse_time(std::string_view flag, const std::string& text) {
  std::tm parts{};
  for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
    parts = {};
    const char* end = ::strptime(text.c_str(), format, &parts);
    if (end && *end == '\0') return static_cast<double>(::timegm(&parts));
  }
  return fail(ErrorCode::InvalidInput,
              fmt::format("{} '{}': expected a day like 2026-11-25, or 2026-11-25T14:00 (UTC)",
                          flag, text));
}

Result<TraceFilter> filter_of(const Arguments& arguments) {
  TraceFilter filter;
  if (arguments.has("--workflow"))
    filter.workflow = canonical_workflow_name(arguments.value("--workflow"));
  if (arguments.has("--since")) {
    MUAI_TRY(filter.from, parse_time("--since", arguments.value("--since")));
  }
  if (arguments.has("--until")) {
    MUAI_TRY(filter.until, parse_time("--until", arguments.value("--until")));
  }
  if (arguments.has("--failed")) filter.success = false;
  filter.text = arguments.value("--text");
  return filter;
}

// One line: id, time, workflow, how it ended, the question.
std::string row_of(const TraceRecord& record, const Terminal& terminal) {
  const std::string end = record.success ? "ok    " : "failed";
  const std::string head = fmt::format(
      "{}  {}  {}  {}  {:>8}  ", short_id(record), time_text(record.timestamp),
      pad_to_width(truncate_to_width(shown_line(record.chosen_workflow), kWorkflowColumns),
                   kWorkflowColumns),
      terminal.styled(record.success ? Style::Green : Style::Red, end),
      duration_text(record.wall_ms));
  const std::size_t used = 12 + 2 + 19 + 2 + kWorkflowColumns + 2 + 6 + 2 + 8 + 2;
  const std::size_t room = std::max<std::size_t>(terminal.columns(), used + 20) - used;
  return head + excerpt(record.question, room) + '\n';
}

Result<ExitCode> run_list(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  MUAI_TRY(const std::int64_t limit, arguments.number("--limit", kListedDefault));
  MUAI_TRY(const TraceFilter filter, filter_of(arguments));
  MUAI_TRY(const Session session, Session::open(invocation));
  MUAI_TRY(const std::vector<TraceRecord> records,
           session.traces().select(filter, static_cast<std::size_t>(limit)));
  if (invocation.wants_json()) {
    json::array rows;
    for (const TraceRecord& record : records) {
      rows.push_back(json::object{{"trace_id", record.request_id},
                                  {"timestamp", record.timestamp},
                                  {"workflow", record.chosen_workflow},
                                  {"question", record.question},
                                  {"success", record.success},
                                  {"wall_ms", record.wall_ms},
                                  {"steps", record.steps.size()}});
    }
    print_json(invocation.terminal, json::object{{"traces", std::move(rows)}});
    return ExitCode::Ok;
  }
  std::string text;
  for (const TraceRecord& record : records) text += row_of(record, invocation.terminal);
  invocation.terminal.print(text);
  if (records.empty()) invocation.terminal.say("no such traces");
  return ExitCode::Ok;
}

// The line as it stands in the file; empty when it is gone meanwhile.
Result<std::string> line_of(const TraceReader& traces, const std::string& request_id) {
  MUAI_TRY(const std::vector<std::string> files, traces.files());
  const std::string wanted = fmt::format("\"request_id\":\"{}\"", request_id);
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    std::ifstream in(*file, std::ios::binary);
    for (std::string line; std::getline(in, line);)
      if (line.find(wanted) != std::string::npos) return line;
  }
  return std::string();
}

// What was asked and answered, above the tree.
std::string heading_of(const TraceRecord& record, const Terminal& terminal) {
  std::string text = terminal.styled(Style::Dim, "trace    ") + record.request_id + '\n';
  const std::size_t room = terminal.columns() - 9;
  if (!record.question.empty())
    text += terminal.styled(Style::Dim, "question ") + excerpt(record.question, room) + '\n';
  if (!record.final_answer.empty())
    text += terminal.styled(Style::Dim, "answer   ") + excerpt(record.final_answer, room) + '\n';
  if (record.error && record.steps.empty())
    text += terminal.styled(Style::Red, "error    ") + shown_line(record.error->error) + '\n';
  return text;
}

std::string ending_of(const TraceRecord& record) {
  std::string text = fmt::format("{}, {} read", count_text(record.citations.size(), "citation"),
                                 count_text(record.urls_used.size(), "source"));
  if (record.retries > 0) text += fmt::format(", {} retries", record.retries);
  if (record.prompt_tokens + record.completion_tokens > 0)
    text += fmt::format(", {}+{} tokens", record.prompt_tokens, record.completion_tokens);
  for (const auto& [name, value] : record.cost_stats)
    if (name == "normalized_cost") text += fmt::format(", cost {:.4f}", value);
  if (record.steps_omitted > 0) text += fmt::format(", {} steps left out", record.steps_omitted);
  return text;
}

Result<ExitCode> run_show(Invocation& invocation) {
  MUAI_TRY(const Session session, Session::open(invocation));
  MUAI_TRY(const TraceRecord record, session.find_trace(invocation.arguments.value("TRACE")));
  Terminal& terminal = invocation.terminal;
  if (invocation.wants_json()) {
    MUAI_TRY(const std::string line, line_of(session.traces(), record.request_id));
    MUAI_TRY(const json::value value, parse_json(line));
    print_json(terminal, value);
    return ExitCode::Ok;
  }
  terminal.print(fmt::format("{}\n{}\n\n{}\n", heading_of(record, terminal),
                             trace_tree(record, terminal, Stream::Out),
                             terminal.styled(Style::Dim, ending_of(record))));
  return ExitCode::Ok;
}

Result<ExitCode> run_purge(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  PurgeRule rule;
  if (arguments.has("--before")) {
    MUAI_TRY(rule.before, parse_time("--before", arguments.value("--before")));
  }
  rule.text = arguments.value("--text");
  rule.conversation_id = arguments.value("--conversation");
  if (!rule.before && rule.text.empty() && rule.conversation_id.empty()) {
    return fail(ErrorCode::InvalidInput,
                "say what to remove: --before DAY, --text TEXT or --conversation ID");
  }
  MUAI_TRY(const Session session, Session::open(invocation));
  MUAI_TRY(const PurgeCounts counts, purge_traces(session.config().trace_path().string(), rule));
  if (invocation.wants_json()) {
    print_json(invocation.terminal,
               json::object{
                   {"records", counts.records}, {"files", counts.files}, {"blobs", counts.blobs}});
  } else {
    invocation.terminal.print(count_text(static_cast<std::size_t>(counts.records), "trace") +
                              " removed\n");
  }
  return ExitCode::Ok;
}

}  // namespace

std::vector<Command> trace_commands() {
  return {
      {.name = "trace list",
       .summary = "List earlier runs, newest first",
       .flags = {{.names = "-w,--workflow",
                  .value = "NAME",
                  .meaning = "runs of this workflow",
                  .completes = Completes::Workflow},
                 {.names = "--since", .value = "DAY", .meaning = "from this day (UTC) on"},
                 {.names = "--until", .value = "DAY", .meaning = "before this day (UTC)"},
                 {.names = "--text", .value = "TEXT", .meaning = "that hold this text"},
                 {.names = "--failed", .meaning = "failed runs"},
                 {.names = "-n,--limit", .value = "N", .meaning = "how many (20)"}},
       .run = run_list},
      {.name = "trace show",
       .summary = "Show what a run did, step by step",
       .detail = "Each line names a node and its step. --json prints the line of the trace file.",
       .positionals = {{.name = "TRACE",
                        .meaning = "last, 2 for the one before, or the beginning of an id",
                        .presence = Presence::Optional}},
       .run = run_show},
      {.name = "trace purge",
       .summary = "Remove traces for good",
       .detail = "A trace is removed when it meets every condition.",
       .flags = {{.names = "--before", .value = "DAY", .meaning = "older than this day (UTC)"},
                 {.names = "--text", .value = "TEXT", .meaning = "that hold this text"},
                 {.names = "--conversation", .value = "ID", .meaning = "of this conversation"}},
       .run = run_purge}};
}

}  // namespace muai
