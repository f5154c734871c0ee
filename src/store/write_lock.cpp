#include "store/write_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace muai {
namespace {

std::string owner_written_in(int descriptor) {
  std::array<char, 32> buffer{};
  const ssize_t size = pread(descriptor, buffer.data(), buffer.size() - 1, 0);
  std::string_view text(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  text = text.substr(0, text.find('\n'));
  return text.empty() ? "another process" : fmt::format("process {}", text);
}

}  // namespace

Result<WriteLock> WriteLock::acquire(const std::filesystem::path& file) {
  const std::string path = file.string() + ".lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) {
    return fail(ErrorCode::Io, fmt::format("cannot open {}: {}", path, std::strerror(errno)));
  }
  WriteLock lock(descriptor);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return fail(ErrorCode::Io, fmt::format("cannot lock {}: {}", path, std::strerror(errno)));
    }
    return fail(ErrorCode::Refused,
                fmt::format("{} is being written by {}; wait until it has finished, or stop it",
                            file.string(), owner_written_in(descriptor)));
  }
  const std::string owner = fmt::format("{}\n", getpid());
  const bool written =
      ftruncate(descriptor, 0) == 0 &&
      pwrite(descriptor, owner.data(), owner.size(), 0) == static_cast<ssize_t>(owner.size());
  // Without the number the lock still holds; only the message of the next process says less.
  static_cast<void>(written);
  return lock;
}

WriteLock::WriteLock(WriteLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

WriteLock& WriteLock::operator=(WriteLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

WriteLock::~WriteLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace muai
