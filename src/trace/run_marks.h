#pragma once

// Start marks: one small file per run that has begun and not been recorded, so that a run cut by
// the death of its process is still reported.
//
// A mark `runs/<request_id>.start` has two lines: the name of its owner, and the line to append
// should the owner be gone. Each owner holds a lock on `runs/<owner>.owner` for as long as it
// lives; the kernel lets go of it at death, in whatever way and container the process ends.
// Whoever finds a mark of a dead owner claims it by renaming it: one rename succeeds.

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "muai/core/result.h"
#include "trace/files.h"

namespace muai {

// A mark taken over from an owner that is gone.
struct ClaimedMark {
  std::string path;        // now ours; remove it when its line is written
  std::string request_id;  // by the file name, should `line` be damaged
  std::string line;        // empty when the mark was unreadable
  bool was_claimed;        // by someone who died before removing it: its line may be written
};

class RunMarks {
 public:
  explicit RunMarks(std::string folder) : folder_(std::move(folder)) {}
  RunMarks(RunMarks&&) = default;
  ~RunMarks();

  // Creates the mark; `line` without its newline.
  Result<void> begin(const std::string& request_id, std::string_view line);

  // Removes the mark, if there is one.
  void end(const std::string& request_id);

  // Takes over every mark whose owner is gone.
  Result<std::vector<ClaimedMark>> claim_abandoned();

  static void remove(const ClaimedMark& mark);

 private:
  Result<void> ensure_owner();
  bool is_alive(const std::string& owner) const;

  std::string folder_;
  std::string owner_;
  FileHandle owner_lock_;
  std::unordered_multimap<std::string, std::string> open_;  // request_id -> path
  std::int64_t serial_ = 0;
};

}  // namespace muai
