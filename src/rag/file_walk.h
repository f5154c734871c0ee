#pragma once

// Finding the files that `Collection::add` was asked for.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "muai/core/result.h"
#include "muai/rag/collection.h"
#include "muai/store/passage_store.h"

namespace muai {

struct FoundFile {
  std::filesystem::path path;  // canonical
  std::string url_path;        // below the collection: LABEL or LABEL/relative/path
  std::int64_t modified_ns = 0;
  std::int64_t size = 0;
};

struct FileWalk {
  std::vector<FoundFile> files;  // by argument, then by path; each file once
  std::vector<SkippedFile> skipped;
  std::vector<StoredRoot> new_roots;          // id is 0
  std::vector<std::filesystem::path> walked;  // canonical folders and files that were asked for
};

// Labels come from `roots` for what was added before; new ones differ from all of those.
// InvalidInput when a path does not exist or is neither a file nor a folder.
Result<FileWalk> walk_files(std::span<const std::filesystem::path> paths,
                            std::span<const StoredRoot> roots, const AddOptions& options,
                            std::stop_token stop);

// True when `path` is `folder` or lies below it. Both canonical.
bool is_within(const std::filesystem::path& path, const std::filesystem::path& folder);

// The bytes of a regular file of at most `bytes_max`.
Result<std::string> read_whole_file(const std::filesystem::path& path, std::size_t bytes_max);

}  // namespace muai
