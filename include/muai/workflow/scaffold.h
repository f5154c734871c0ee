#pragma once

// The beginning of a new workflow: a commented file and a case that it passes as it is, without a
// network and without a model.

#include <string>
#include <string_view>

#include "muai/core/result.h"

namespace muai {

// The workflow file. InvalidInput when `name` is not 1 to 64 letters, digits, '_', '-' or '.', the
// first a letter, digit or '_'.
Result<std::string> new_workflow_yaml(std::string_view name);

// One line of a regression case file (JSONL) for that workflow.
Result<std::string> new_workflow_case(std::string_view name);

}  // namespace muai
