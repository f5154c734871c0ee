#pragma once

// WriteLock: the right to write a database file, held by one process at a time.

#include <filesystem>

#include "muai/core/result.h"

namespace muai {

// A lock on `file`.lock, which holds the process id of its owner. The kernel frees it when the
// process dies, however it dies; the small file itself stays, because removing it would let two
// processes hold locks on different files of one name.
class WriteLock {
 public:
  // Refused, naming the owner, when somebody else (or this process) holds it. Does not wait.
  static Result<WriteLock> acquire(const std::filesystem::path& file);

  WriteLock() = default;  // holds nothing
  WriteLock(WriteLock&& other) noexcept;
  WriteLock& operator=(WriteLock&& other) noexcept;
  ~WriteLock();

 private:
  explicit WriteLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace muai
