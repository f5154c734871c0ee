#include "muai/core/check.h"

#include <cstdio>
#include <cstdlib>

namespace muai::internal {

void check_failed(const char* condition, std::source_location where) {
  std::fprintf(stderr, "muai: broken invariant: %s (%s:%u, %s)\n", condition, where.file_name(),
               static_cast<unsigned>(where.line()), where.function_name());
  std::abort();
}

}  // namespace muai::internal
