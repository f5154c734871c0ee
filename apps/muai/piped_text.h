#pragma once

// What comes in through a pipe.

#include <optional>
#include <stop_token>
#include <string>

#include "muai/core/result.h"
#include "muai/terminal.h"

namespace muai {

// All of stdin. LimitExceeded above 10 MB; Cancelled when `stop` fires.
Result<std::string> read_stdin(std::stop_token stop);

// The text that a pipe or a file puts into stdin; nothing on a terminal, a device or a socket. A
// pipe into which nobody writes is given up after half a second, said on stderr: programs that
// start others often leave one open.
Result<std::optional<std::string>> read_piped_text(Terminal& terminal, std::stop_token stop);

}  // namespace muai
