#pragma once

// A folder for the sockets of one process, gone when the process has: `<parent>/<random>`, both
// readable by their owner only.

#include <string>

#include "muai/core/result.h"

namespace muai {

// Movable. Removes the folder and the files in it when destroyed.
class RuntimeFolder {
 public:
  // Makes `parent` if needed ("/run/user/1000/muai", "/tmp/muai-1000") and a fresh folder in it;
  // removes the folders that processes which have ended left there. Refused when somebody else
  // owns `parent` or may write to it; InvalidConfig when its name is too long for a socket in it;
  // Io. Blocks for as long as a few files take.
  static Result<RuntimeFolder> create(const std::string& parent);

  RuntimeFolder(RuntimeFolder&& other) noexcept;
  RuntimeFolder& operator=(RuntimeFolder&& other) noexcept;
  ~RuntimeFolder();

  const std::string& path() const { return path_; }

 private:
  RuntimeFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string path_;
  int lock_ = -1;  // of the file whose lock says that we live
};

}  // namespace muai
