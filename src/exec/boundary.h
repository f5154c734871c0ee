#pragma once

// The step boundary: the one place where exceptions end.

#include <optional>
#include <string>

#include "muai/core/result.h"
#include "muai/core/state.h"
#include "muai/exec/executor.h"

namespace muai {

// What a step gave at once; nothing while it waits.
using StepAnswer = std::optional<Result<State>>;

// Points to a function object that lives during the call.
class StepCall {
 public:
  template <class Body>
  explicit StepCall(Body& body)
      : body_(&body), call_([](void* pointed) { return (*static_cast<Body*>(pointed))(); }) {}

  StepAnswer operator()() const { return call_(body_); }

 private:
  void* body_;
  StepAnswer (*call_)(void*);
};

// What `call` gives. When it throws: the error of a StateAccess or of a Result that was asked for
// its value; for anything else StepFailed with the exception's demangled type, and `throw_site`
// receives where it was thrown, when `hook` (may be null) knows.
StepAnswer at_step_boundary(StepCall call, Executor::ThrowSite hook, std::string& throw_site);

}  // namespace muai
