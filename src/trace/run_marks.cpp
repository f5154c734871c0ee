#include "trace/run_marks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>

#include "muai/core/sha256.h"

// The state is in file names, changed by rename only, so that a death at any point leaves either
// the old name or the new one.

namespace muai {

namespace {

constexpr std::string_view kMark = ".start";
constexpr std::string_view kClaim = ".claimed-by-";  // then the claimer's owner name
constexpr std::string_view kNew = ".new-by-";        // a mark being written
constexpr std::string_view kOwner = ".owner";
constexpr std::size_t kMarkBytesMax = 256 * 1024;

// Request ids come from outside: only plain names become file names.
std::string file_stem(const std::string& request_id) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  if (!request_id.empty() && request_id.size() <= 100 &&
      std::ranges::all_of(request_id, is_plain)) {
    return request_id;
  }
  return "id-" + sha256_hex(request_id);
}

// Start time of this process in clock ticks since boot: with the process id, a name that no other
// process of this boot has.
std::string process_start() {
  auto file = open_file("/proc/self/stat", O_RDONLY);
  if (!file) return "0";
  std::string bytes(1024, '\0');
  const ssize_t got = ::read(file->number(), bytes.data(), bytes.size());
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  std::size_t at = bytes.rfind(')');  // field 2 may hold blanks; field 22 is the start time
  for (int field = 2; field < 22 && at != std::string::npos; ++field) at = bytes.find(' ', at + 1);
  if (at == std::string::npos) return "0";
  return bytes.substr(at + 1, bytes.find(' ', at + 1) - at - 1);
}

}  // namespace

RunMarks::~RunMarks() {
  // Marks still open mean runs without a record: their owner's file stays, unlocked, so that the
  // next start reports them.
  if (owner_lock_.is_open() && open_.empty()) {
    ::unlink(fmt::format("{}/{}{}", folder_, owner_, kOwner).c_str());
  }
}

Result<void> RunMarks::ensure_owner() {
  if (owner_lock_.is_open()) return {};
  MUAI_TRY_VOID(ensure_folder(folder_));
  const std::string process = fmt::format("{}-{}", ::getpid(), process_start());
  constexpr int kSinksMax = 1000;
  for (int sink = 0; sink < kSinksMax; ++sink) {
    const std::string owner = fmt::format("{}-{}", process, sink);
    const std::string path = fmt::format("{}/{}{}", folder_, owner, kOwner);
    MUAI_TRY(FileHandle file, open_file(path, O_RDWR | O_CREAT));
    if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) continue;
    owner_ = owner;
    owner_lock_ = std::move(file);
    return {};
  }
  return fail(ErrorCode::LimitExceeded, "too many trace sinks in this process");
}

Result<void> RunMarks::begin(const std::string& request_id, std::string_view line) {
  MUAI_TRY_VOID(ensure_owner());
  const std::string stem = file_stem(request_id);
  std::string path = fmt::format("{}/{}{}", folder_, stem, kMark);
  if (::access(path.c_str(), F_OK) == 0) {  // another run of the same id is under way
    path = fmt::format("{}/{}.{}.{}{}", folder_, stem, owner_, ++serial_, kMark);
  }
  const std::string temporary = fmt::format("{}/{}.{}{}{}", folder_, stem, ++serial_, kNew, owner_);
  MUAI_TRY_VOID(write_whole(path, temporary, fmt::format("{}\n{}\n", owner_, line)));
  open_.emplace(request_id, std::move(path));
  return {};
}

void RunMarks::end(const std::string& request_id) {
  if (open_.empty()) return;
  const auto found = open_.find(request_id);
  if (found == open_.end()) return;
  ::unlink(found->second.c_str());
  open_.erase(found);
}

bool RunMarks::is_alive(const std::string& owner) const {
  if (owner == owner_) return true;
  auto file = open_file(fmt::format("{}/{}{}", folder_, owner, kOwner), O_RDWR);
  if (!file) return errno != ENOENT;
  return ::flock(file->number(), LOCK_EX | LOCK_NB) != 0;  // let go of when `file` is closed
}

void RunMarks::remove(const ClaimedMark& mark) { ::unlink(mark.path.c_str()); }

Result<std::vector<ClaimedMark>> RunMarks::claim_abandoned() {
  std::vector<ClaimedMark> claimed;
  MUAI_TRY(const std::vector<std::string> names, names_in(folder_));
  if (names.empty()) return claimed;
  MUAI_TRY_VOID(ensure_owner());
  std::set<std::string> owners_in_use;
  for (const std::string& name : names) {
    const std::string path = folder_ + "/" + name;
    if (const std::size_t at = name.find(kNew); at != std::string::npos) {
      if (!is_alive(name.substr(at + kNew.size()))) ::unlink(path.c_str());
      continue;
    }
    const std::size_t claim = name.find(kClaim);
    const bool was_claimed = claim != std::string::npos;
    if (!was_claimed && !name.ends_with(kMark)) continue;
    auto bytes = read_whole(path, kMarkBytesMax);
    if (!bytes) continue;  // gone: reported by someone else
    const std::size_t end = bytes->find('\n');
    const std::string owner = was_claimed ? name.substr(claim + kClaim.size())
                                          : bytes->substr(0, std::min(end, bytes->size()));
    if (is_alive(owner)) {
      owners_in_use.insert(owner);
      continue;
    }
    const std::string stem = name.substr(0, was_claimed ? claim : name.size());
    const std::string ours = fmt::format("{}/{}{}{}", folder_, stem, kClaim, owner_);
    if (::rename(path.c_str(), ours.c_str()) != 0) continue;  // someone was faster
    std::string line = end == std::string::npos ? std::string() : bytes->substr(end + 1);
    if (line.ends_with('\n')) line.pop_back();
    claimed.push_back(
        {ours, stem.substr(0, stem.size() - kMark.size()), std::move(line), was_claimed});
  }
  for (const std::string& name : names) {
    if (!name.ends_with(kOwner)) continue;
    const std::string owner = name.substr(0, name.size() - kOwner.size());
    if (!owners_in_use.contains(owner) && !is_alive(owner)) {
      ::unlink((folder_ + "/" + name).c_str());
    }
  }
  return claimed;
}

}  // namespace muai
