#pragma once

// How the program ends, for scripts. The numbers are part of the command line's contract.

#include "muai/core/error.h"

namespace muai {

enum class ExitCode : int {
  Ok = 0,
  Failed = 1,
  Usage = 2,
  Config = 3,
  Upstream = 4,  // network, or a server that answered badly
  Model = 5,     // no model can serve the request
  Refused = 6,   // by policy: guarded address, offline
  NotFound = 7,  // the sources do not hold an answer
  Deadline = 124,
  Interrupted = 130,
};

constexpr ExitCode exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidInput:
    case ErrorCode::NotFound:
    case ErrorCode::AlreadyExists:
    case ErrorCode::Contract:
    case ErrorCode::LimitExceeded:
    case ErrorCode::Io:
    case ErrorCode::Corrupt:
    case ErrorCode::StepFailed: return ExitCode::Failed;
    case ErrorCode::InvalidConfig: return ExitCode::Config;
    case ErrorCode::Network:
    case ErrorCode::Upstream: return ExitCode::Upstream;
    case ErrorCode::ModelUnavailable:
    case ErrorCode::OutOfMemory: return ExitCode::Model;
    case ErrorCode::Refused: return ExitCode::Refused;
    case ErrorCode::Timeout: return ExitCode::Deadline;
    case ErrorCode::Cancelled: return ExitCode::Interrupted;
  }
  return ExitCode::Failed;
}

}  // namespace muai
