#pragma once

// `muai model load|bench`.

#include <vector>

#include "muai/command.h"

namespace muai {

std::vector<Command> model_trial_commands();

}  // namespace muai
