// muai: from the command line to a command, and from its result to an exit code.

#include <signal.h>

#include <string_view>
#include <vector>

#include "muai/command_line.h"
#include "muai/help_page.h"
#include "muai/report.h"
#include "muai/terminal.h"

namespace muai {
namespace {

// Nothing is opened for this one, so it is answered before anything else is looked at.
bool asks_for_version(std::span<const std::string_view> arguments) {
  for (const std::string_view argument : arguments) {
    if (argument == "--version") return true;
    if (argument != "--json") return false;
  }
  return false;
}

ExitCode print_version(std::span<const std::string_view> arguments) {
  const bool json = arguments.size() > 1;
  Terminal(ColourChoice::Never, Verbosity::Normal)
      .print(json ? "{\"name\":\"muai\",\"version\":\"" MUAI_VERSION "\"}\n"
                  : "muai " MUAI_VERSION "\n");
  return ExitCode::Ok;
}

Terminal make_terminal(const Arguments& arguments) {
  const std::string colour = arguments.value("--color");
  const std::string level = arguments.value("--log-level");
  Verbosity verbosity = Verbosity::Normal;
  if (arguments.has("--quiet") || level == "ERROR") verbosity = Verbosity::Quiet;
  if (arguments.has("--verbose") || level == "DEBUG" || level == "INFO")
    verbosity = Verbosity::Verbose;
  return {colour == "always"  ? ColourChoice::Always
          : colour == "never" ? ColourChoice::Never
                              : ColourChoice::Auto,
          verbosity};
}

ExitCode run(const Command& command, const Arguments& arguments) {
  Terminal terminal = make_terminal(arguments);
  Interrupt interrupt;
  Invocation invocation{arguments, terminal, interrupt};
  const Result<ExitCode> ended = command.run(invocation);
  terminal.end_progress();
  return ended ? *ended : report_failure(invocation, ended.error());
}

ExitCode run_line(std::span<const std::string_view> arguments) {
  if (asks_for_version(arguments)) return print_version(arguments);
  Terminal terminal(ColourChoice::Auto, Verbosity::Normal);
  if (arguments.empty()) {
    terminal.complain(overview_page());
    return ExitCode::Usage;
  }
  const Result<ParsedLine> line = parse_command_line(arguments);
  if (!line) {
    terminal.complain("muai: " + shown(line.error().message()));
    return ExitCode::Usage;
  }
  if (line->help) {
    terminal.print(*line->help);
    return ExitCode::Ok;
  }
  return run(*line->command, line->arguments);
}

}  // namespace
}  // namespace muai

int main(int argc, char** argv) {
  // A reader that went away shows as an error of write(), which Terminal takes quietly.
  ::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string_view> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return static_cast<int>(muai::run_line(arguments));
}
