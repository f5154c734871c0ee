#pragma once

// MUAI_CHECK states an invariant of our own code. It is active in every build: a broken invariant
// ends the process before a wrong answer is written. It must never be reachable from user, model,
// network or file input; those are Result errors (muai/core/result.h).

#include <source_location>

namespace muai::internal {

// Prints the failed condition with its place to stderr and aborts.
[[noreturn]] void check_failed(const char* condition, std::source_location where);

}  // namespace muai::internal

#define MUAI_CHECK(condition)                                                      \
  do {                                                                             \
    if (!(condition)) [[unlikely]]                                                 \
      ::muai::internal::check_failed(#condition, std::source_location::current()); \
  } while (false)
