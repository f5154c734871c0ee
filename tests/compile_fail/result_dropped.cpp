// An Error may not be dropped in silence.
#include "muai/core/result.h"

muai::Error disk_full() { return {muai::ErrorCode::Io, "the disk is full"}; }

int main() {
#ifdef MUAI_WRONG
  disk_full();
#else
  return disk_full().message().empty() ? 1 : 0;
#endif
}
