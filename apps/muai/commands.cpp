#include "muai/commands.h"

#include <iterator>
#include <utility>

namespace muai {

std::span<const Command> all_commands() {
  static const std::vector<Command> commands = [] {
    std::vector<Command> all;
    for (std::vector<Command> (*rows)() :
         {ask_commands, kb_commands, cite_commands, trace_commands, replay_commands, run_commands,
          workflow_commands, tool_commands, model_commands, extract_commands, config_commands,
          doctor_commands, demo_commands, completion_commands}) {
      std::vector<Command> some = rows();
      std::move(some.begin(), some.end(), std::back_inserter(all));
    }
    return all;
  }();
  return commands;
}

std::span<const Flag> flags_of_every_command() {
  static const std::vector<Flag> flags = {
      {.names = "--json", .meaning = "print one JSON object instead of text"},
      {.names = "-q,--quiet", .meaning = "no progress and no notices; errors stay"},
      {.names = "-v,--verbose", .meaning = "say more about what happens"},
      {.names = "--color", .value = "always|never|auto", .meaning = "colours (auto)"},
      {.names = "--config",
       .value = "FILE",
       .meaning = "a configuration file read before all others",
       .completes = Completes::Path},
      {.names = "--data-dir",
       .value = "DIR",
       .meaning = "where collections and texts are kept",
       .completes = Completes::Path},
      {.names = "--offline", .meaning = "no connection leaves this machine"},
      {.names = "--log-level",
       .value = "DEBUG|INFO|WARNING|ERROR",
       .meaning = "DEBUG and INFO are -v, ERROR is --quiet (WARNING)"},
      {.names = "-h,--help", .meaning = "this page"},
  };
  return flags;
}

}  // namespace muai
