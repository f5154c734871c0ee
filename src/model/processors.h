#pragma once

#include <sched.h>

#include <algorithm>

namespace muai {

// Threads for work that must leave room for others: half of the processors that we may use.
inline int half_of_processors() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  return std::max(1, CPU_COUNT(&allowed) / 2);
}

}  // namespace muai
