#include "trace/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

// Every call repeats after a signal, names the path in its error, and creates with mode 0600. Files
// of one trace are told apart by name alone: STEM.EXT, then STEM.DAY.NUMBER.EXT.

namespace muai {

FileHandle::~FileHandle() {
  if (number_ >= 0) ::close(number_);
}

std::unexpected<Error> io_error(std::string_view what, const std::string& path,
                                std::source_location where) {
  const int number = errno;
  return fail(ErrorCode::Io, fmt::format("cannot {} '{}': {}", what, path, std::strerror(number)),
              where);
}

Result<FileHandle> open_file(const std::string& path, int flags) {
  int number = -1;
  do {
    number = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  } while (number < 0 && errno == EINTR);
  if (number < 0) return io_error("open", path);
  return FileHandle(number);
}

Result<void> ensure_folder(const std::string& path) {
  if (path.empty()) return {};
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return io_error("make folder", part);
    if (slash == std::string::npos) break;
  }
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return io_error("open folder", path);
  if (!S_ISDIR(found.st_mode)) {
    errno = ENOTDIR;
    return io_error("open folder", path);
  }
  return {};
}

namespace {

Result<void> write_all(const FileHandle& file, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return io_error("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

Result<void> write_whole(const std::string& path, const std::string& temporary,
                         std::string_view bytes) {
  MUAI_TRY(FileHandle file, open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC));
  auto written = write_all(file, temporary, bytes);
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0) {
    written = io_error("rename", temporary);
  }
  if (!written) ::unlink(temporary.c_str());
  return written;
}

Result<std::string> read_whole(const std::string& path, std::size_t bytes_max) {
  auto file = open_file(path, O_RDONLY);
  if (!file && errno == ENOENT) return fail(ErrorCode::NotFound, "no file '" + path + "'");
  if (!file) return pass(std::move(file));
  struct stat found{};
  if (::fstat(file->number(), &found) != 0) return io_error("read", path);
  const auto size = static_cast<std::size_t>(std::max<off_t>(found.st_size, 0));
  if (size > bytes_max) {
    return fail(ErrorCode::LimitExceeded,
                fmt::format("'{}' has {} bytes, more than {}", path, size, bytes_max));
  }
  std::string bytes(size, '\0');
  std::size_t at = 0;
  while (at < size) {
    const ssize_t got = ::read(file->number(), bytes.data() + at, size - at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error("read", path);
    if (got == 0) break;
    at += static_cast<std::size_t>(got);
  }
  bytes.resize(at);
  return bytes;
}

Result<std::vector<std::string>> names_in(const std::string& folder) {
  const auto close = [](DIR* open) { ::closedir(open); };
  const std::unique_ptr<DIR, decltype(close)> open(::opendir(folder.c_str()), close);
  std::vector<std::string> names;
  if (!open) {
    if (errno == ENOENT) return names;
    return io_error("list", folder);
  }
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

TracePaths::TracePaths(const std::string& path) : file_(path) {
  const std::size_t slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  folder_ = slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
  const std::size_t dot = name.rfind('.');
  stem_ = dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
  extension_ = name.substr(stem_.size());
}

std::int64_t TracePaths::number_of(std::string_view name) const {
  if (name == stem_ + extension_) return 0;
  // STEM "." YYYY-MM-DD "." digits EXT
  constexpr std::size_t kDayBytes = 10;
  const std::size_t fixed = stem_.size() + 1 + kDayBytes + 1 + extension_.size();
  if (name.size() <= fixed || !name.starts_with(stem_) || !name.ends_with(extension_)) return -1;
  std::string_view rest = name.substr(stem_.size(), name.size() - stem_.size() - extension_.size());
  if (rest[0] != '.' || rest[1 + kDayBytes] != '.') return -1;
  const std::string_view day = rest.substr(1, kDayBytes);
  if (day[4] != '-' || day[7] != '-') return -1;
  rest.remove_prefix(kDayBytes + 2);
  std::int64_t number = -1;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  const bool is_number = error == std::errc() && end == rest.data() + rest.size() && number > 0;
  return is_number ? number : -1;
}

std::string TracePaths::rotated(std::string_view day, std::int64_t number) const {
  return fmt::format("{}/{}.{}.{:05}{}", folder_, stem_, day, number, extension_);
}

Result<std::vector<std::string>> TracePaths::existing() const {
  MUAI_TRY(const std::vector<std::string> names, names_in(folder_));
  std::vector<std::pair<std::int64_t, std::string>> numbered;
  for (const std::string& name : names) {
    const std::int64_t number = number_of(name);
    if (number >= 0) numbered.emplace_back(number, number == 0 ? file_ : folder_ + "/" + name);
  }
  std::ranges::sort(numbered);
  std::vector<std::string> files;
  for (auto& [number, file] : numbered) files.push_back(std::move(file));
  return files;
}

}  // namespace muai
