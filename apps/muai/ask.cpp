// `muai ask`: a question to documents, to the web, or to what comes through a pipe.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "muai/answer_page.h"
#include "muai/commands.h"
#include "muai/core/keys.h"
#include "muai/piped_text.h"
#include "muai/rag/collection.h"
#include "muai/report.h"
#include "muai/run_request.h"
#include "muai/session.h"
#include "muai/text/utf8.h"
#include "muai/workflow/standard_workflows.h"

namespace muai {
namespace {

constexpr std::string_view kStdin = "-";

struct Question {
  std::string text;
  std::optional<std::string> piped;  // a text to answer from
};

bool waits_for_stdin(const Arguments& arguments) {
  for (const std::string& path : arguments.values("--from"))
    if (path == kStdin) return true;
  return false;
}

Result<Question> read_question(Invocation& invocation) {
  const std::vector<std::string> words = invocation.arguments.values("QUESTION");
  Question question;
  if (words.size() == 1 && words[0] == kStdin) {
    MUAI_TRY(question.text, read_stdin(invocation.interrupt.token()));
    while (question.text.ends_with('\n')) question.text.pop_back();
  } else {
    question.text = fmt::format("{}", fmt::join(words, " "));
    if (waits_for_stdin(invocation.arguments)) {
      MUAI_TRY(question.piped, read_stdin(invocation.interrupt.token()));
    } else {
      MUAI_TRY(question.piped, read_piped_text(invocation.terminal, invocation.interrupt.token()));
    }
  }
  question.text = to_valid_utf8(question.text);
  if (question.text.find_first_not_of(" \t\r\n") == std::string::npos)
    return fail(ErrorCode::InvalidInput, "the question is empty; write it behind `muai ask`");
  return question;
}

// What is searched: the named places only, or every collection and then the web.
Result<EngineOptions> options_for(Invocation& invocation, const Session& session,
                                  const Question& question) {
  const Arguments& arguments = invocation.arguments;
  MUAI_TRY(EngineOptions options, session.engine_options());
  options.collections = arguments.values("--in");
  for (const std::string& path : arguments.values("--from"))
    if (path != kStdin) options.from_paths.emplace_back(path);
  options.piped_text = question.piped;
  const bool local =
      !options.collections.empty() || !options.from_paths.empty() || options.piped_text;
  if (local) {
    options.providers.clear();
    return options;
  }
  MUAI_TRY(options.collections, list_collections(session.data_dir()));
  return options;
}

std::string workflow_for(const Arguments& arguments, std::string_view question) {
  const std::string asked = arguments.value("--workflow");
  if (asked.empty() || asked == "auto") return std::string(default_workflow_for(question));
  return canonical_workflow_name(asked);
}

void say_route(Invocation& invocation, std::string_view workflow) {
  const Arguments& arguments = invocation.arguments;
  const std::string asked = arguments.value("--workflow");
  const bool chosen = asked.empty() || asked == "auto";
  invocation.terminal.detail(fmt::format("route: {} ({})", workflow,
                                         chosen ? "by the form of the question" : "as asked for"));
  if (arguments.has("--real-models") || arguments.has("--phase-b"))
    invocation.terminal.detail("--real-models and --phase-b do nothing here");
}

// Offline and without documents nothing could be found: the remedy is better than an error of the
// search.
Result<void> check_sources(const EngineOptions& options, std::string_view workflow) {
  const bool local =
      !options.collections.empty() || !options.from_paths.empty() || options.piped_text;
  const bool web = std::ranges::any_of(options.providers, [&](const ProviderOptions& provider) {
    return options.network == NetworkAccess::Online || is_on_this_machine(provider);
  });
  if (local || web || workflow == "summarize_url") return {};
  return fail(ErrorCode::Refused,
              "there is nothing to search: no documents were added and the network is off; "
              "`muai kb add PATH` adds documents, `--from PATH` reads some for one question");
}

std::vector<std::string> searched_places(const EngineOptions& options) {
  std::vector<std::string> places;
  places.reserve(options.collections.size() + options.from_paths.size() + 1);
  for (const std::string& name : options.collections) places.push_back("collection " + name);
  for (const auto& path : options.from_paths) places.push_back("files " + path.string());
  if (options.piped_text) places.emplace_back("standard input");
  for (const ProviderOptions& provider : options.providers) {
    const bool off = options.network == NetworkAccess::Offline && !is_on_this_machine(provider);
    places.push_back(fmt::format("{}{}{}{}", provider.kind, provider.url.empty() ? "" : " ",
                                 provider.url, off ? " (offline: not asked)" : ""));
  }
  return places;
}

Result<ExitCode> say_plan(Invocation& invocation, const EngineOptions& options,
                          const Question& question, const std::string& workflow) {
  MUAI_TRY(const std::unique_ptr<Engine> engine, Engine::open(options));
  MUAI_TRY(const Workflow* chosen, engine->workflows().lookup(workflow));
  boost::json::array steps;
  std::string text = fmt::format("workflow  {}: {}\n", workflow, chosen->description());
  for (const std::string& place : searched_places(options))
    text += "searches  " + shown_line(place) + '\n';
  for (const Node& node : chosen->nodes()) {
    text += fmt::format("step      {} ({})\n", node.name, node.step_name);
    steps.emplace_back(node.name);
  }
  if (!invocation.wants_json()) {
    invocation.terminal.print(text);
    return ExitCode::Ok;
  }
  boost::json::array places;
  for (const std::string& place : searched_places(options))
    places.emplace_back(to_valid_utf8(place));
  print_json(invocation.terminal, boost::json::object{{"dry_run", true},
                                                      {"question", question.text},
                                                      {"workflow", workflow},
                                                      {"searches", std::move(places)},
                                                      {"steps", std::move(steps)}});
  return ExitCode::Ok;
}

// Why the sources do not answer, as far as the trace knows.
void say_what_is_missing(Invocation& invocation, const EngineOptions& options,
                         const Execution& execution) {
  Terminal& terminal = invocation.terminal;
  const auto* results = execution.state.find(keys::search_results);
  if (results && results->empty()) {
    terminal.say("nothing was found that holds the words of the question");
  } else {
    const std::size_t read = execution.trace.urls_used.size();
    terminal.say(fmt::format("{} {} read; none states an answer", count_text(read, "passage"),
                             read == 1 ? "was" : "were"));
  }
  terminal.say("searched: " +
               shown_line(fmt::format("{}", fmt::join(searched_places(options), ", "))));
  for (const StepRecord& step : execution.trace.steps)
    for (const std::string& note : step.notes) terminal.say("note: " + shown_line(note));
}

Result<ExitCode> finish(Invocation& invocation, const Session& session,
                        const EngineOptions& options, const Execution& execution) {
  Terminal& terminal = invocation.terminal;
  if (!execution.status) {
    const ExitCode code =
        report_failure(invocation, execution.status.error(), execution.trace.request_id);
    if (invocation.arguments.has("--trace")) say_trace(invocation, execution.trace);
    return code;
  }
  if (invocation.wants_json()) {
    print_json(terminal, answer_json(execution));
  } else {
    const CitationStyle style = citation_style(invocation.arguments.value("--citations"));
    terminal.print(answer_page(execution, style, terminal, session));
  }
  const bool found = is_found(execution);
  if (!found) say_what_is_missing(invocation, options, execution);
  say_trace(invocation, execution.trace);
  return found ? ExitCode::Ok : ExitCode::NotFound;
}

Result<ExitCode> run_ask(Invocation& invocation) {
  MUAI_TRY(const Question question, read_question(invocation));
  MUAI_TRY(const Session session, Session::open(invocation));
  MUAI_TRY(const EngineOptions options, options_for(invocation, session, question));
  const std::string workflow = workflow_for(invocation.arguments, question.text);
  say_route(invocation, workflow);
  MUAI_TRY_VOID(check_sources(options, workflow));
  if (invocation.arguments.has("--dry-run"))
    return say_plan(invocation, options, question, workflow);
  MUAI_TRY(const std::unique_ptr<Engine> engine, Engine::open(options));
  const Execution execution =
      run_request(invocation, *engine,
                  {.workflow = workflow, .given = State().with(keys::question, question.text)});
  return finish(invocation, session, options, execution);
}

}  // namespace

std::vector<Command> ask_commands() {
  return {
      {.name = "ask",
       .summary = "Answer a question, every sentence cited",
       .detail = "Searches all collections first, then the web; with --in, --from or a text on "
                 "stdin only those. QUESTION `-` is read from stdin. Exit code 7: the sources "
                 "do not hold the answer.",
       .positionals = {{.name = "QUESTION",
                        .meaning = "the question; several words are joined",
                        .repeat = Repeat::Many}},
       .flags = {{.names = "-i,--in",
                  .value = "COLLECTION",
                  .meaning = "search this collection only",
                  .repeat = Repeat::Many,
                  .completes = Completes::Collection},
                 {.names = "-f,--from",
                  .value = "PATH",
                  .meaning = "answer from these files or folders without adding them; - is stdin",
                  .repeat = Repeat::Many,
                  .completes = Completes::Path},
                 {.names = "-w,--workflow",
                  .value = "NAME",
                  .meaning = "the workflow to run, or an alias; auto lets the question decide",
                  .completes = Completes::Workflow},
                 {.names = "--citations",
                  .value = "inline|list|both|none",
                  .meaning = "where citations stand (both)"},
                 {.names = "--dry-run", .meaning = "say what would run and be searched"},
                 {.names = "--trace", .meaning = "print the whole trace afterwards"},
                 {.names = "-m,--mode",
                  .value = "query|chat",
                  .meaning = "traced as mode default or chat (query)"}},
       .run = run_ask}};
}

}  // namespace muai
