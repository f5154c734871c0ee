#pragma once

#include <sys/types.h>

#include "async/unique_fd.h"
#include "muai/async/process.h"
#include "muai/core/result.h"

namespace muai {

// A program that has begun: execve has succeeded. Its pipes do not block.
struct Forked {
  pid_t pid = -1;
  UniqueFd pidfd;  // readable when it has ended; none on kernels without pidfd
  UniqueFd input;  // none when stdin is /dev/null
  UniqueFd out;
  UniqueFd err;
};

enum class ChildInput { Pipe, Null };

// Starts the program of `options` in a session of its own. The child is killed when the calling
// thread ends, so only a thread that lives as long as every child may call this. Blocks until
// execve.
Result<Forked> fork_exec(const ProcessOptions& options, ChildInput input);

}  // namespace muai
