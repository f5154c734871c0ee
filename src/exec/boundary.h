#pragma once

// The step boundary: the one place where exceptions end.

#include <optional>
#include <string>
#include <utility>

#include "muai/core/error.h"
#include "muai/core/result.h"
#include "muai/core/state.h"
#include "muai/exec/executor.h"

namespace muai {

// The error for the exception that is being handled: that of a StateAccess or of a Result that
// was asked for its value; otherwise StepFailed with the exception's demangled type.
Error error_of_exception();

// What `body` gives; when it throws, the exception as an error. `throw_site` receives where it
// was thrown, when `hook` knows.
template <class Body>
std::optional<Result<State>> at_step_boundary(Executor::ThrowSite hook, std::string& throw_site,
                                              Body body) {
  try {
    return body();
  } catch (...) {
    if (hook) throw_site = hook();
    return std::unexpected(error_of_exception());
  }
}

}  // namespace muai
