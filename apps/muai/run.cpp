// `muai run` and `muai summarize`: a workflow by its name.

#include <fmt/format.h>

#include <boost/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "muai/answer_page.h"
#include "muai/commands.h"
#include "muai/core/json.h"
#include "muai/core/keys.h"
#include "muai/model_request.h"
#include "muai/rag/collection.h"
#include "muai/report.h"
#include "muai/run_request.h"
#include "muai/session.h"
#include "muai/steps/keys.h"
#include "muai/text/utf8.h"

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::int64_t kSentencesMax = 100;

// KEY=VALUE: JSON where it is JSON that the key can hold, else the text itself.
Result<State> with_setting(const State& state, const std::string& setting) {
  const std::size_t equals = setting.find('=');
  if (equals == std::string::npos || equals == 0) {
    return fail(ErrorCode::InvalidInput,
                fmt::format("--set '{}': expected KEY=VALUE, as in --set question=Why", setting));
  }
  const std::string key = to_valid_utf8(std::string_view(setting).substr(0, equals));
  const std::string value = to_valid_utf8(std::string_view(setting).substr(equals + 1));
  MUAI_TRY(const std::string known_text, state_to_json(state));
  MUAI_TRY(const json::value known, parse_json(known_text));
  std::optional<Error> first;
  std::vector<json::value> readings;
  if (Result<json::value> parsed = parse_json(value)) readings.push_back(*std::move(parsed));
  readings.emplace_back(json::string(value));
  for (json::value& reading : readings) {
    json::object all = known.as_object();
    all[key] = std::move(reading);
    MUAI_TRY(const std::string text, write_json(all));
    Result<State> next = json_to_state(text);
    if (next) return next;
    if (!first) first = std::move(next).error();
  }
  return fail(ErrorCode::InvalidInput, fmt::format("--set {}: {}", setting, first->message()));
}

Result<State> given_state(const Arguments& arguments) {
  State state;
  for (const std::string& setting : arguments.values("--set")) {
    MUAI_TRY(state, with_setting(state, setting));
  }
  return state;
}

Result<EngineOptions> options_for(const Arguments& arguments, const Session& session) {
  MUAI_TRY(EngineOptions options, session.engine_options());
  for (const std::string& file : arguments.values("--file"))
    options.workflow_files.emplace_back(file);
  options.collections = arguments.values("--in");
  if (options.collections.empty()) {
    MUAI_TRY(options.collections, list_collections(session.data_dir()));
  }
  return options;
}

Result<ExitCode> run_workflow(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  MUAI_TRY(const State given, given_state(arguments));
  MUAI_TRY(const Session session, Session::open(invocation));
  MUAI_TRY(EngineOptions options, options_for(arguments, session));
  MUAI_TRY(std::vector<std::string> models, requested_models(arguments, options));
  MUAI_TRY(const std::unique_ptr<Engine> engine, Engine::open(std::move(options)));
  const Execution execution =
      run_request(invocation, *engine,
                  {.workflow = arguments.value("WORKFLOW"), .given = given, .models = models});
  if (!execution.status) {
    const ExitCode code =
        report_failure(invocation, execution.status.error(), execution.trace.request_id);
    if (arguments.has("--trace")) say_trace(invocation, execution.trace);
    return code;
  }
  MUAI_TRY(const std::string text, state_to_json(execution.state));
  MUAI_TRY(const json::value state, parse_json(text));
  if (invocation.wants_json()) {
    print_json(invocation.terminal, json::object{{"workflow", execution.trace.chosen_workflow},
                                                 {"state", state},
                                                 {"trace_id", execution.trace.request_id},
                                                 {"wall_ms", execution.trace.wall_ms}});
  } else {
    print_json(invocation.terminal, state);
  }
  say_trace(invocation, execution.trace);
  return ExitCode::Ok;
}

Result<ExitCode> run_summarize(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  MUAI_TRY(const Session session, Session::open(invocation));
  MUAI_TRY(EngineOptions options, session.engine_options());
  MUAI_TRY(options.collections, list_collections(session.data_dir()));
  MUAI_TRY(const std::vector<std::string> models, requested_models(arguments, options));
  MUAI_TRY(const std::unique_ptr<Engine> engine, Engine::open(std::move(options)));
  State given = State().with(keys::question, to_valid_utf8(arguments.value("URL")));
  if (arguments.has("--length")) {
    MUAI_TRY(const std::int64_t sentences, arguments.number("--length", 1, 1, kSentencesMax));
    given = given.with(keys::summary_sentences, sentences);
  }
  const Execution execution =
      run_request(invocation, *engine,
                  {.workflow = "summarize_url", .given = std::move(given), .models = models});
  if (!execution.status) {
    const ExitCode code =
        report_failure(invocation, execution.status.error(), execution.trace.request_id);
    if (arguments.has("--trace")) say_trace(invocation, execution.trace);
    return code;
  }
  if (invocation.wants_json()) {
    print_json(invocation.terminal, answer_json(execution));
  } else {
    invocation.terminal.print(answer_page(execution, citation_style(arguments.value("--citations")),
                                          invocation.terminal, session));
  }
  say_trace(invocation, execution.trace);
  return ExitCode::Ok;
}

}  // namespace

std::vector<Command> run_commands() {
  const Flag trace{.names = "--trace", .meaning = "print the whole trace afterwards"};
  return {{.name = "summarize",
           .summary = "Summarise the page at a URL, every sentence cited",
           .positionals = {{.name = "URL", .meaning = "an http:// or https:// address"}},
           .flags = {{.names = "-n,--length",
                      .value = "N",
                      .meaning = "of at most N sentences (5, or fewer when they are long)"},
                     {.names = "--citations",
                      .value = "inline|list|both|none",
                      .meaning = "where citations stand (both)"},
                     model_flag(),
                     trace},
           .run = run_summarize},
          {.name = "run",
           .summary = "Run a workflow and print its final state as JSON",
           .positionals = {{.name = "WORKFLOW",
                            .meaning = "its name or an alias",
                            .completes = Completes::Workflow}},
           .flags = {{.names = "-s,--set",
                      .value = "KEY=VALUE",
                      .meaning = "a state entry to begin with; JSON, or text",
                      .repeat = Repeat::Many},
                     {.names = "--file",
                      .value = "FILE",
                      .meaning = "register this workflow file first",
                      .repeat = Repeat::Many,
                      .completes = Completes::Path},
                     {.names = "-i,--in",
                      .value = "COLLECTION",
                      .meaning = "search this collection (all)",
                      .repeat = Repeat::Many,
                      .completes = Completes::Collection},
                     model_flag(),
                     trace},
           .run = run_workflow}};
}

}  // namespace muai
