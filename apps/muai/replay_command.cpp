// `muai replay`: the same run once more, with what tools and models said the first time.

#include <fmt/format.h>

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "muai/commands.h"
#include "muai/core/keys.h"
#include "muai/core/state.h"
#include "muai/exec/replay.h"
#include "muai/report.h"
#include "muai/run_request.h"
#include "muai/session.h"
#include "muai/text/utf8.h"

namespace muai {
namespace json = boost::json;
namespace {

// What of a run can be compared: a failure counts by its message.
struct Outcome {
  bool success = false;
  std::string answer;
  std::vector<std::string> citations;
  std::string error;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome outcome_of(const TraceRecord& record) {
  return {record.success, record.final_answer, record.citations,
          record.error ? record.error->error : std::string()};
}

json::object outcome_json(const Outcome& outcome) {
  json::array citations;
  for (const std::string& url : outcome.citations) citations.emplace_back(to_valid_utf8(url));
  json::object object{{"success", outcome.success},
                      {"answer", to_valid_utf8(outcome.answer)},
                      {"citations", std::move(citations)}};
  if (!outcome.error.empty()) object["error"] = to_valid_utf8(outcome.error);
  return object;
}

Result<TraceRecord> whole_record(const Session& session, const std::string& which) {
  MUAI_TRY(TraceRecord record, session.traces().find(which));
  MUAI_TRY(record, session.traces().complete(std::move(record)));
  if (record.given.empty() || record.steps_omitted > 0 || !record.truncated.empty()) {
    return fail(ErrorCode::InvalidInput,
                fmt::format("the trace {} does not hold all that a replay needs: it was written "
                            "with trace.content other than full, by an earlier version, or its "
                            "blobs/ are gone",
                            record.request_id));
  }
  return record;
}

// Nothing is searched, fetched or written: what is not in the recording is an error.
Result<Execution> replayed(Invocation& invocation, const Session& session,
                           const TraceRecord& record) {
  MUAI_TRY(EngineOptions options, session.engine_options());
  options.network = NetworkAccess::Offline;
  options.providers.clear();
  options.trace.path.clear();
  MUAI_TRY(const auto engine, Engine::open(std::move(options)));
  MUAI_TRY(State given, json_to_state(record.given));
  Replay replay(record.steps);
  ExecutionRequest request{.workflow = record.chosen_workflow,
                           .given = std::move(given),
                           .mode = record.mode,
                           .router_version = record.router_version,
                           .replay = &replay};
  return run_request(invocation, *engine, std::move(request));
}

std::string outcome_text(const Outcome& outcome) {
  return outcome.success ? outcome.answer : "failed: " + outcome.error;
}

Result<ExitCode> replay_trace(Invocation& invocation) {
  MUAI_TRY(const Session session, Session::open(invocation));
  const std::string asked = invocation.arguments.value("TRACE");
  MUAI_TRY(const TraceRecord record, whole_record(session, asked.empty() ? "last" : asked));
  MUAI_TRY(const Execution again, replayed(invocation, session, record));
  const Outcome before = outcome_of(record);
  const Outcome now = outcome_of(again.trace);
  const bool same = before == now;
  Terminal& terminal = invocation.terminal;
  if (invocation.wants_json()) {
    print_json(terminal, json::object{{"trace_id", record.request_id},
                                      {"same", same},
                                      {"recorded", outcome_json(before)},
                                      {"replayed", outcome_json(now)}});
  } else if (same) {
    terminal.print(fmt::format("{}\n", shown(outcome_text(now))));
    terminal.say(fmt::format("the same {} as in trace {}, without asking anybody",
                             now.success ? "answer" : "failure", short_id(record)));
  } else {
    terminal.print(fmt::format("recorded:\n{}\n\nreplayed:\n{}\n", shown(outcome_text(before)),
                               shown(outcome_text(now))));
    terminal.complain(
        fmt::format("muai: the replay of trace {} ended differently", short_id(record)));
  }
  return same ? ExitCode::Ok : ExitCode::Failed;
}

}  // namespace

std::vector<Command> replay_commands() {
  return {{.name = "replay",
           .summary = "Run a traced run again with its recorded tool and model answers",
           .detail = "Says whether the outcome is the same; exit code 1 when it is not. Nothing is "
                     "fetched and no trace is written.",
           .positionals = {{.name = "TRACE",
                            .meaning = "its id or the beginning of it, or last (last)",
                            .presence = Presence::Optional}},
           .run = replay_trace}};
}

}  // namespace muai
