#pragma once

// Facts about files that are dear to find out again (a digest, what a loaded model took), kept in
// one small JSON file. A cache: what can't be read counts as absent, what can't be written is
// forgotten. Functions block; safe in several processes, where the last writer wins.

#include <optional>
#include <string>
#include <string_view>

namespace muai {

// Changes when the file does: its path, size, inode and time of change. Empty when there is no
// such file.
std::string file_identity(const std::string& path);

class FileNotes {
 public:
  explicit FileNotes(std::string file) : file_(std::move(file)) {}

  std::optional<std::string> find(std::string_view about) const;

  // Replaces what was noted. Notes beyond the last thousand are dropped, oldest first.
  void put(std::string about, std::string note) const;

 private:
  std::string file_;
};

}  // namespace muai
