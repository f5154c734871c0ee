// `muai workflow list|show|validate|draw`, `muai new workflow`: what can be run, what it looks
// like, and how to begin a workflow of one's own.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "muai/commands.h"
#include "muai/report.h"
#include "muai/session.h"
#include "muai/text/width.h"
#include "muai/workflow/drawing.h"
#include "muai/workflow/scaffold.h"
#include "muai/workflow/standard_workflows.h"

namespace muai {
namespace fs = std::filesystem;
namespace json = boost::json;
namespace {

// An engine for looking only: it leaves no trace.
Result<std::unique_ptr<Engine>> open_engine(Invocation& invocation) {
  MUAI_TRY(Session session, Session::open(invocation));
  MUAI_TRY(EngineOptions options, session.engine_options());
  options.trace.path.clear();
  return Engine::open(std::move(options));
}

// `name` may also be a file: one can look at a workflow before registering it.
Result<Workflow> find_workflow(const Engine& engine, const std::string& name) {
  if (name.ends_with(".yaml") || name.ends_with(".yml"))
    return load_workflow(name, engine.workflow_context());
  MUAI_TRY(const Workflow* workflow, engine.workflows().lookup(canonical_workflow_name(name)));
  return *workflow;
}

json::array json_names(std::span<const KeyId> keys) {
  json::array names;
  for (const KeyId key : keys) names.emplace_back(key_name(key));
  return names;
}

Result<ExitCode> list_workflows(Invocation& invocation) {
  MUAI_TRY(const auto engine, open_engine(invocation));
  if (invocation.wants_json()) {
    json::array workflows;
    for (const auto& [name, workflow] : engine->workflows())
      workflows.push_back({{"name", name},
                           {"description", workflow.description()},
                           {"given", json_names(workflow.given())},
                           {"returns", json_names(workflow.returns())}});
    print_json(invocation.terminal, json::object{{"workflows", std::move(workflows)}});
    return ExitCode::Ok;
  }
  std::size_t width = 0;
  for (const auto& entry : engine->workflows()) width = std::max(width, entry.first.size());
  for (const auto& [name, workflow] : engine->workflows())
    invocation.terminal.print(
        fmt::format("{}  {}\n", pad_to_width(name, width), shown_line(workflow.description())));
  return ExitCode::Ok;
}

Result<ExitCode> show_workflow(Invocation& invocation) {
  MUAI_TRY(const auto engine, open_engine(invocation));
  const std::string name = invocation.arguments.value("NAME");
  MUAI_TRY(const Workflow workflow, find_workflow(*engine, name));
  Terminal& terminal = invocation.terminal;
  if (invocation.arguments.has("--yaml")) {
    const std::string_view yaml = standard_workflow_yaml(workflow.name());
    if (yaml.empty())
      return fail(ErrorCode::NotFound,
                  fmt::format("'{}' is not built in; its YAML is in your own file", name));
    terminal.print(yaml);
  } else if (invocation.wants_json()) {
    print_json(terminal, workflow_to_json(workflow));
  } else {
    terminal.print(shown(describe(workflow)));
  }
  return ExitCode::Ok;
}

Result<ExitCode> validate_workflows(Invocation& invocation) {
  MUAI_TRY(const auto engine, open_engine(invocation));
  Terminal& terminal = invocation.terminal;
  json::array files;
  std::size_t refused = 0;
  for (const std::string& file : invocation.arguments.values("FILE")) {
    const Result<Workflow> workflow = load_workflow(file, engine->workflow_context());
    if (!workflow) ++refused;
    if (invocation.wants_json()) {
      json::object entry{{"file", file}, {"valid", workflow.has_value()}};
      if (workflow) entry["name"] = workflow->name();
      if (!workflow) entry["error"] = workflow.error().message();
      files.push_back(std::move(entry));
    } else if (workflow) {
      terminal.print(fmt::format("{}: {} is valid, {}\n", shown_line(file), workflow->name(),
                                 count_text(workflow->nodes().size(), "node")));
    } else {
      terminal.complain(shown(workflow.error().message()));
    }
  }
  if (invocation.wants_json()) print_json(terminal, json::object{{"files", std::move(files)}});
  return refused == 0 ? ExitCode::Ok : ExitCode::Config;
}

Result<ExitCode> draw_workflow(Invocation& invocation) {
  MUAI_TRY(const auto engine, open_engine(invocation));
  MUAI_TRY(const Workflow workflow, find_workflow(*engine, invocation.arguments.value("NAME")));
  const bool dot = invocation.arguments.value("--format") == "dot";
  const std::string drawing = dot ? to_dot(workflow) : to_mermaid(workflow);
  if (invocation.wants_json()) {
    print_json(invocation.terminal, json::object{{"name", workflow.name()},
                                                 {"format", dot ? "dot" : "mermaid"},
                                                 {"drawing", drawing}});
  } else {
    invocation.terminal.print(drawing);
  }
  return ExitCode::Ok;
}

// Never writes over a file: what is there may be somebody's work.
Result<void> write_new_file(const fs::path& file, std::string_view text) {
  const int descriptor =
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);  // umask decides
  if (descriptor < 0 && errno == EEXIST) {
    return fail(ErrorCode::AlreadyExists,
                fmt::format("{} exists already and is left as it is; choose another name, or "
                            "another folder with --dir",
                            file.string()));
  }
  std::error_code error(errno, std::generic_category());
  bool written = descriptor >= 0;
  while (written && !text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    error.assign(errno, std::generic_category());
    written = count > 0;
    if (written) text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (descriptor >= 0) ::close(descriptor);
  if (written) return {};
  return fail(ErrorCode::Io, fmt::format("cannot write {}: {}", file.string(), error.message()));
}

Result<ExitCode> new_workflow(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const std::string name = arguments.value("NAME");
  MUAI_TRY(const std::string yaml, new_workflow_yaml(name));
  MUAI_TRY(const std::string one_case, new_workflow_case(name));
  const fs::path folder = arguments.has("--dir") ? arguments.value("--dir") : ".";
  std::error_code error;
  fs::create_directories(folder, error);
  const fs::path file = (folder / (name + ".yaml")).lexically_normal();
  const fs::path cases = (folder / (name + ".cases.jsonl")).lexically_normal();
  if (fs::exists(cases, error)) {
    return fail(ErrorCode::AlreadyExists,
                fmt::format("{} exists already and is left as it is", cases.string()));
  }
  MUAI_TRY_VOID(write_new_file(file, yaml));
  MUAI_TRY_VOID(write_new_file(cases, one_case));
  if (invocation.wants_json()) {
    print_json(invocation.terminal,
               json::object{{"workflow", file.string()}, {"cases", cases.string()}});
    return ExitCode::Ok;
  }
  invocation.terminal.print(fmt::format("{}\n{}\n", file.string(), cases.string()));
  invocation.terminal.say(
      fmt::format("check it: muai workflow validate {0}\nrun it:   muai run {1} --file {0} --set "
                  "question='6 * 7'",
                  file.string(), name));
  return ExitCode::Ok;
}

const Positional kNameOrFile = {.name = "NAME",
                                .meaning = "a registered workflow, an alias, or a .yaml file",
                                .completes = Completes::Workflow};

}  // namespace

std::vector<Command> workflow_commands() {
  return {
      {.name = "workflow list", .summary = "Say which workflows there are", .run = list_workflows},
      {.name = "workflow show",
       .summary = "Show what a workflow takes, does and returns",
       .positionals = {kNameOrFile},
       .flags = {{.names = "--yaml", .meaning = "the file form, to start an own one from"}},
       .run = show_workflow},
      {.name = "workflow validate",
       .summary = "Check workflow files without running them",
       .detail = "Every problem is reported with file, line and column. Exit code 3 when a file "
                 "is refused.",
       .positionals = {{.name = "FILE",
                        .meaning = "a workflow in YAML",
                        .repeat = Repeat::Many,
                        .completes = Completes::Path}},
       .run = validate_workflows},
      {.name = "workflow draw",
       .summary = "Draw a workflow as Mermaid or Graphviz text",
       .positionals = {kNameOrFile},
       .flags = {{.names = "--format",
                  .value = "mermaid|dot",
                  .meaning = "the language (mermaid)"}},
       .run = draw_workflow},
      {.name = "new workflow",
       .summary = "Begin a workflow of your own",
       .detail = "Writes NAME.yaml, a commented workflow that runs as it is, and NAME.cases.jsonl "
                 "with a case that it passes. Nothing is overwritten.",
       .positionals = {{.name = "NAME", .meaning = "letters, digits, '_', '-' and '.'"}},
       .flags = {{.names = "--dir",
                  .value = "DIR",
                  .meaning = "the folder for both files (.)",
                  .completes = Completes::Path}},
       .run = new_workflow},
  };
}

}  // namespace muai
