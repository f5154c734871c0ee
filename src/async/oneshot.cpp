#include "muai/async/oneshot.h"

namespace muai {

std::unexpected<Error> cancelled(std::source_location where) {
  return fail(ErrorCode::Cancelled, "stopped before it was done", where);
}

}  // namespace muai
