// Real files come first, symbolic links after them, so that a file is named by its own path and a
// link only adds what no real path below the folder reaches.

#include "rag/file_walk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>
#include <system_error>

namespace muai {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 10> kEndings{
    ".html", ".htm", ".xhtml", ".md", ".txt", ".rst", ".markdown", ".docx", ".epub", ".pdf"};

bool has_known_ending(const fs::path& path) {
  std::string ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(), [](char byte) {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
  });
  return std::ranges::find(kEndings, ending) != kEndings.end();
}

bool is_hidden(const fs::path& path) { return path.filename().native().starts_with('.'); }

std::optional<struct stat> status_of(const fs::path& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
  return status;
}

std::int64_t modified_ns(const struct stat& status) {
  return std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

// Walks one folder after the other into one FileWalk. Links wait until the real files below the
// folder are known, so that a file is named by its own path.
class Walker {
 public:
  Walker(std::span<const StoredRoot> roots, const AddOptions& options, std::stop_token stop)
      : roots_(roots.begin(), roots.end()), options_(options), stop_(std::move(stop)) {}

  Result<void> add(const fs::path& asked) {
    std::error_code failed;
    const fs::path path = fs::canonical(asked, failed);
    if (failed) {
      return fail(ErrorCode::InvalidInput,
                  fmt::format("cannot add {}: {}", asked.string(), failed.message()));
    }
    const auto status = status_of(path);
    const bool is_folder = status && S_ISDIR(status->st_mode);
    if (!is_folder && !(status && S_ISREG(status->st_mode))) {
      return fail(ErrorCode::InvalidInput,
                  fmt::format("{} is neither a file nor a folder", asked.string()));
    }
    root_ = root_of(path);
    walk_.walked.push_back(path);
    if (!is_folder) {
      take_file(path, *status);
      return {};
    }
    walk_folder(path, 0);
    while (!links_.empty()) {
      const Link link = links_.back();
      links_.pop_back();
      follow(link);
    }
    if (stop_.stop_requested())
      return fail(ErrorCode::Cancelled, "stopped before any file was read");
    return {};
  }

  FileWalk take() { return std::move(walk_); }

 private:
  struct Link {
    fs::path path;
    int depth;
  };

  // The root that holds `path`: one that was added before, or a new one.
  StoredRoot root_of(const fs::path& path) {
    for (const StoredRoot& root : roots_) {
      if (is_within(path, root.path)) return root;
    }
    const std::string name = path.filename().empty() ? "root" : path.filename().string();
    StoredRoot root{0, path.string(), name};
    for (int number = 2; is_label_taken(root.label); ++number) {
      root.label =
          path.has_extension() && !path.stem().empty()
              ? fmt::format("{}-{}{}", path.stem().string(), number, path.extension().string())
              : fmt::format("{}-{}", name, number);
    }
    roots_.push_back(root);
    walk_.new_roots.push_back(root);
    return root;
  }

  bool is_label_taken(const std::string& label) const {
    return std::ranges::any_of(roots_, [&](const StoredRoot& root) { return root.label == label; });
  }

  void skip(const fs::path& path, std::string reason) {
    walk_.skipped.push_back({path, std::move(reason)});
  }

  void walk_folder(const fs::path& folder, int depth) {
    if (stop_.stop_requested() || !seen_.insert(folder).second) return;
    if (depth > options_.depth_max) {
      return skip(folder, fmt::format("deeper than {} folders", options_.depth_max));
    }
    std::vector<fs::path> entries;
    std::error_code failed;
    for (fs::directory_iterator at(folder, failed), end; !failed && at != end;
         at.increment(failed)) {
      entries.push_back(at->path());
    }
    if (failed) skip(folder, failed.message());
    std::ranges::sort(entries);
    for (const fs::path& entry : entries) {
      if (!is_hidden(entry)) take_entry(entry, depth);
    }
  }

  void take_entry(const fs::path& path, int depth) {
    const auto status = status_of(path);
    if (!status) return skip(path, std::strerror(errno));
    if (S_ISLNK(status->st_mode)) {
      links_.push_back({path, depth});
    } else if (S_ISDIR(status->st_mode)) {
      walk_folder(path, depth + 1);
    } else if (S_ISREG(status->st_mode) && has_known_ending(path)) {
      take_file(path, *status);
    }
  }

  void follow(const Link& link) {
    std::error_code failed;
    const fs::path target = fs::canonical(link.path, failed);
    if (failed) {
      if (has_known_ending(link.path)) skip(link.path, "a symbolic link that leads nowhere");
      return;
    }
    if (!is_within(target, root_.path)) {
      return skip(link.path, "a symbolic link that leads out of the folder");
    }
    take_entry(target, link.depth);
  }

  void take_file(const fs::path& path, const struct stat& status) {
    if (!seen_.insert(path).second) return;
    if (static_cast<std::uint64_t>(status.st_size) > options_.file_bytes_max) {
      return skip(path, fmt::format("larger than {} bytes", options_.file_bytes_max));
    }
    std::string url_path = root_.label;
    if (path != root_.path) {
      url_path += '/';
      url_path += path.lexically_relative(root_.path).generic_string();
    }
    walk_.files.push_back({path, std::move(url_path), modified_ns(status), status.st_size});
  }

  std::vector<StoredRoot> roots_;
  const AddOptions& options_;
  std::stop_token stop_;
  StoredRoot root_;          // of the argument being walked
  std::vector<Link> links_;  // below it, not followed yet
  std::set<fs::path> seen_;
  FileWalk walk_;
};

}  // namespace

bool is_within(const fs::path& path, const fs::path& folder) {
  const auto [in_path, in_folder] = std::ranges::mismatch(path, folder);
  return in_folder == folder.end();
}

Result<FileWalk> walk_files(std::span<const fs::path> paths, std::span<const StoredRoot> roots,
                            const AddOptions& options, std::stop_token stop) {
  Walker walker(roots, options, std::move(stop));
  for (const fs::path& path : paths) MUAI_TRY_VOID(walker.add(path));
  return walker.take();
}

Result<std::string> read_whole_file(const fs::path& path, std::size_t bytes_max) {
  // Not blocking, so that a pipe that took the file's place cannot hold us up.
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  if (file < 0) return fail(ErrorCode::Io, std::strerror(errno));
  std::string bytes;
  struct stat status{};
  if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
    bytes.reserve(std::min(static_cast<std::size_t>(status.st_size), bytes_max) + 1);
  }
  std::array<char, 65536> buffer;
  ssize_t size = 0;
  while (bytes.size() <= bytes_max && (size = ::read(file, buffer.data(), buffer.size())) > 0) {
    bytes.append(buffer.data(), static_cast<std::size_t>(size));
  }
  const int error = size < 0 ? errno : 0;
  ::close(file);
  if (error != 0) return fail(ErrorCode::Io, std::strerror(error));
  if (bytes.size() > bytes_max) {
    return fail(ErrorCode::LimitExceeded, fmt::format("larger than {} bytes", bytes_max));
  }
  return bytes;
}

}  // namespace muai
