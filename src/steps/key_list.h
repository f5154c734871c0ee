#pragma once

// Building the key lists of a generic step's contract. Private to the steps.

#include <vector>

#include "muai/graph/step.h"
#include "muai/steps/value_template.h"

namespace muai {

void add_keys(std::vector<KeyId>& to, const std::vector<KeyId>& keys);

// What the value needs is read, what it can do without may be.
void add_keys_of(const ValueTemplate& value, StepContract& contract);

}  // namespace muai
