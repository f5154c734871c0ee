#pragma once

// The few file operations traces need, straight on the system calls, and the names of what stands
// beside a trace file.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "muai/core/result.h"

namespace muai {

// Owns a file descriptor; -1 is none.
class FileHandle {
 public:
  FileHandle() = default;
  explicit FileHandle(int number) : number_(number) {}
  FileHandle(FileHandle&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileHandle& operator=(FileHandle&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~FileHandle();

  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }

 private:
  int number_ = -1;
};

// `open` with O_CLOEXEC, retried when a signal interrupts it; created files are 0600. The error
// names path and reason.
Result<FileHandle> open_file(const std::string& path, int flags);

// Makes the folder and those above it, 0700; existing ones stay as they are.
Result<void> ensure_folder(const std::string& path);

// Writes a file that appears whole or not at all. `temporary` is a name in the same folder that
// nobody else uses.
Result<void> write_whole(const std::string& path, const std::string& temporary,
                         std::string_view bytes);

// NotFound when there is none, LimitExceeded above `bytes_max`.
Result<std::string> read_whole(const std::string& path, std::size_t bytes_max);

// The names in a folder, sorted; none when the folder does not exist.
Result<std::vector<std::string>> names_in(const std::string& folder);

// An Io error: "cannot <what> '<path>': <errno text>".
std::unexpected<Error> io_error(std::string_view what, const std::string& path,
                                std::source_location where = std::source_location::current());

// What a trace path implies.
class TracePaths {
 public:
  explicit TracePaths(const std::string& path);

  const std::string& file() const { return file_; }
  const std::string& folder() const { return folder_; }
  std::string blobs() const { return folder_ + "/blobs"; }
  std::string runs() const { return folder_ + "/runs"; }

  // The files of the set that exist, oldest first: the named one, then STEM.DAY.NNNNN.EXT by
  // their number.
  Result<std::vector<std::string>> existing() const;

  // The number in a rotated file's name; 0 for the first file, -1 for a file of another set.
  std::int64_t number_of(std::string_view name) const;

  // STEM.DAY.NNNNN.EXT with its folder; `day` as in "2026-11-25".
  std::string rotated(std::string_view day, std::int64_t number) const;

 private:
  std::string file_;
  std::string folder_;
  std::string stem_;
  std::string extension_;  // with its dot, or empty
};

}  // namespace muai
