#pragma once

// The table of commands.

#include <span>
#include <vector>

#include "muai/command.h"

namespace muai {

// In the order of the overview.
std::span<const Command> all_commands();

// Flags that every command takes.
std::span<const Flag> flags_of_every_command();

// Rows of the files of this folder, by the file's name.
std::vector<Command> ask_commands();
std::vector<Command> kb_commands();
std::vector<Command> cite_commands();
Command cite_check_command();
std::vector<Command> trace_commands();
std::vector<Command> run_commands();
std::vector<Command> completion_commands();
std::vector<Command> config_commands();
std::vector<Command> demo_commands();
std::vector<Command> doctor_commands();
std::vector<Command> extract_commands();
std::vector<Command> model_commands();
std::vector<Command> replay_commands();
std::vector<Command> tool_commands();
std::vector<Command> workflow_commands();

}  // namespace muai
