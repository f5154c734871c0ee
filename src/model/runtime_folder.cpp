#include "muai/model/runtime_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace muai {

namespace fs = std::filesystem;

namespace {

// "/XXXXXX/12345.sock" and the final NUL must fit too.
constexpr std::size_t kParentBytesMax = sizeof(sockaddr_un::sun_path) - 20;
constexpr auto kLock = "lock";

Error system_error(const std::string& path) {
  return Error(ErrorCode::Io, fmt::format("runtime folder '{}': {}", path, std::strerror(errno)));
}

// A file in /tmp may be anybody's: nothing is put into a folder that others can change.
Result<void> ensure_own(const std::string& parent) {
  struct stat found{};
  if (::mkdir(parent.c_str(), 0700) != 0 && errno != EEXIST) {
    return std::unexpected(system_error(parent));
  }
  if (::lstat(parent.c_str(), &found) != 0) return std::unexpected(system_error(parent));
  if (!S_ISDIR(found.st_mode) || found.st_uid != ::geteuid() || (found.st_mode & 0077) != 0) {
    return fail(ErrorCode::Refused,
                fmt::format("runtime folder '{}' must be a folder that only this user can enter "
                            "(mode 0700); remove it, or set XDG_RUNTIME_DIR",
                            parent));
  }
  return {};
}

void remove_with_files(const fs::path& folder) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    ::unlink(entry.path().c_str());
  }
  ::rmdir(folder.c_str());
}

// Removes the folders whose owners have ended: their locks can be had. One without a lock is just
// being made.
void remove_left_behind(const std::string& parent) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, ignored)) {
    const int lock = ::open((entry.path() / kLock).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (lock < 0) continue;
    if (::flock(lock, LOCK_EX | LOCK_NB) == 0) remove_with_files(entry.path());
    ::close(lock);
  }
}

}  // namespace

Result<RuntimeFolder> RuntimeFolder::create(const std::string& parent) {
  if (!parent.starts_with('/') || parent.size() > kParentBytesMax) {
    return fail(ErrorCode::InvalidConfig,
                fmt::format("runtime folder '{}': give an absolute path of at most {} bytes",
                            parent, kParentBytesMax));
  }
  MUAI_TRY_VOID(ensure_own(parent));
  remove_left_behind(parent);
  std::string path = parent + "/XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return std::unexpected(system_error(parent));
  // Locked before it has its name, so that nobody takes it for one of an ended process.
  const std::string unnamed = path + "/new";
  const int lock = ::open(unnamed.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  RuntimeFolder folder(path, lock);
  if (lock < 0 || ::flock(lock, LOCK_EX | LOCK_NB) != 0 ||
      ::rename(unnamed.c_str(), (path + "/" + kLock).c_str()) != 0) {
    return std::unexpected(system_error(path));
  }
  return folder;
}

RuntimeFolder::RuntimeFolder(RuntimeFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::exchange(other.lock_, -1)) {}

RuntimeFolder& RuntimeFolder::operator=(RuntimeFolder&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

RuntimeFolder::~RuntimeFolder() {
  if (!path_.empty()) remove_with_files(path_);
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace muai
