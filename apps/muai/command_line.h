#pragma once

// From argv to a command and its arguments.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "muai/command.h"
#include "muai/core/result.h"

namespace muai {

struct ParsedLine {
  const Command* command = nullptr;
  Arguments arguments;
  std::optional<std::string> help;  // asked for: print it and end
};

// Finds the command: the first words that name one; else the first positional is the question of
// `ask`. InvalidInput says what is wrong and what was probably meant.
Result<ParsedLine> parse_command_line(std::span<const std::string_view> arguments);

}  // namespace muai
