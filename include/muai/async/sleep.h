#pragma once

// Waiting for a time.

#include <stop_token>

#include "muai/async/loop.h"
#include "muai/async/task.h"
#include "muai/core/result.h"

namespace muai {

// Resumes at `when`, or at once with ErrorCode::Cancelled when `stop` is asked for (on any
// thread). `loop` must outlive the task.
Task<Result<void>> sleep_until(Loop& loop, TimePoint when, std::stop_token stop);

// The same, `duration` after this call.
Task<Result<void>> sleep_for(Loop& loop, Duration duration, std::stop_token stop);

}  // namespace muai
