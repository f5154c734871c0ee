#pragma once

// What `muai doctor` finds out about one part of the set-up.

#include <stop_token>
#include <string>
#include <vector>

#include "muai/engine/engine.h"

namespace muai {

enum class Health { Good, Skipped, Warning, Bad };

struct Finding {
  std::string what;
  Health health = Health::Good;
  std::string detail;
  std::string remedy;  // one or more lines; empty when there is nothing to do
};

// Every configured model: endpoints are asked what they offer, files are read and compared with the
// memory there is. Without any: how to get one.
std::vector<Finding> model_findings(const EngineOptions& options, std::stop_token stop);

}  // namespace muai
