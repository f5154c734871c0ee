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
#include "muai/model_request.h"
#include "muai/piped_text.h"
#include "muai/rag/collection.h"
#include "muai/report.h"
#include "muai/run_request.h"
#include "muai/session.h"
#include "muai/steps/model_access.h"
#include "muai/steps/steps.h"
#include "muai/text/language.h"
#include "muai/text/utf8.h"
#include "muai/workflow/standard_workflows.h"

namespace muai {
namespace {

constexpr std::string_view kStdin = "-";

struct PlannedPrompt {
  std::string node;
  std::string name;
  std::string version;
  std::vector<ChatMessage> messages;
};

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

// What the models of the workflow would be told, with the question in place; the sources are not
// known before the search.
Result<std::vector<PlannedPrompt>> planned_prompts(Engine& engine, const Workflow& workflow,
                                                   const std::string& question) {
  std::vector<PlannedPrompt> prompts;
  const PromptLibrary& library = engine.model_access().prompts();
  for (const Node& node : workflow.nodes()) {
    const std::string_view name = prompt_of_step(node.step.name());
    if (name.empty()) continue;
    MUAI_TRY(PromptTemplate prompt, library.lookup(name, language_of(question)));
    PlannedPrompt planned{.node = node.name, .name = prompt.name(), .version = prompt.version()};
    PromptValues values{{"question", question}};
    for (const std::string& place : prompt.places())
      values.try_emplace(place, fmt::format("{{{{{}}}}}", place));
    MUAI_TRY(planned.messages, prompt.fill(values));
    prompts.push_back(std::move(planned));
  }
  return prompts;
}

std::string prompts_text(const std::vector<PlannedPrompt>& prompts) {
  std::string text;
  for (const PlannedPrompt& prompt : prompts) {
    text +=
        fmt::format("\nprompt of {}: {}, version {}\n", prompt.node, prompt.name, prompt.version);
    for (const ChatMessage& message : prompt.messages)
      text += fmt::format("  {}:\n{}", to_string(message.role), wrapped(message.text, 100, 4));
  }
  return text;
}

boost::json::array prompts_json(const std::vector<PlannedPrompt>& prompts) {
  boost::json::array all;
  for (const PlannedPrompt& prompt : prompts) {
    boost::json::array messages;
    for (const ChatMessage& message : prompt.messages)
      messages.push_back(
          boost::json::object{{"role", to_string(message.role)}, {"content", message.text}});
    all.push_back(boost::json::object{{"node", prompt.node},
                                      {"prompt", prompt.name},
                                      {"version", prompt.version},
                                      {"messages", std::move(messages)}});
  }
  return all;
}

Result<ExitCode> say_plan(Invocation& invocation, const EngineOptions& options,
                          const Question& question, const std::string& workflow,
                          const std::vector<std::string>& requested) {
  MUAI_TRY(const std::unique_ptr<Engine> engine, Engine::open(options));
  MUAI_TRY(const Workflow* chosen, engine->workflows().lookup(workflow));
  const std::vector<std::string> chain = model_chain(requested, options);
  std::vector<PlannedPrompt> prompts;
  if (chain.size() > 1) {
    MUAI_TRY(prompts, planned_prompts(*engine, *chosen, question.text));
  }
  boost::json::array steps;
  std::string text = fmt::format("workflow  {}: {}\n", workflow, chosen->description());
  for (const std::string& place : searched_places(options))
    text += "searches  " + shown_line(place) + '\n';
  for (const Node& node : chosen->nodes()) {
    text += fmt::format("step      {} ({})\n", node.name, node.step_name);
    steps.emplace_back(node.name);
  }
  if (chain.size() > 1) text += fmt::format("models    {}\n", fmt::join(chain, ", then "));
  if (!invocation.wants_json()) {
    invocation.terminal.print(text + shown(prompts_text(prompts)));
    return ExitCode::Ok;
  }
  boost::json::array places;
  for (const std::string& place : searched_places(options))
    places.emplace_back(to_valid_utf8(place));
  print_json(invocation.terminal, boost::json::object{{"dry_run", true},
                                                      {"question", question.text},
                                                      {"workflow", workflow},
                                                      {"searches", std::move(places)},
                                                      {"steps", std::move(steps)},
                                                      {"models", boost::json::value_from(chain)},
                                                      {"prompts", prompts_json(prompts)}});
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
  MUAI_TRY(EngineOptions options, options_for(invocation, session, question));
  MUAI_TRY(const std::vector<std::string> models, requested_models(invocation.arguments, options));
  const std::string workflow = workflow_for(invocation.arguments, question.text);
  say_route(invocation, workflow);
  MUAI_TRY_VOID(check_sources(options, workflow));
  if (invocation.arguments.has("--dry-run"))
    return say_plan(invocation, options, question, workflow, models);
  MUAI_TRY(const std::unique_ptr<Engine> engine, Engine::open(options));
  const Execution execution = run_request(invocation, *engine,
                                          {.workflow = workflow,
                                           .given = State().with(keys::question, question.text),
                                           .models = models});
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
                 model_flag(),
                 {.names = "--dry-run",
                  .meaning = "say what would run and be searched, and what models would be told"},
                 {.names = "--trace", .meaning = "print the whole trace afterwards"},
                 {.names = "-m,--mode",
                  .value = "query|chat",
                  .meaning = "traced as mode default or chat (query)"},
                 {.names = "--real-models", .meaning = "accepted for scripts; does nothing"},
                 {.names = "--phase-b", .meaning = "accepted for scripts; does nothing"}},
       .run = run_ask}};
}

}  // namespace muai
