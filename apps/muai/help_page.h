#pragma once

// Help pages, made from the table of commands.

#include <string>
#include <string_view>

#include "muai/command.h"

namespace muai {

// What `muai` alone and `muai --help` print.
std::string overview_page();

// `muai kb --help`.
std::string group_page(std::string_view group);

std::string command_page(const Command& command);

}  // namespace muai
