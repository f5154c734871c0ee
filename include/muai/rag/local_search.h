#pragma once

// LocalSearch: searching the user's own documents as a source of results: in a stored collection,
// or in files that are read for one question only.

#include <filesystem>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/result.h"
#include "muai/document/document.h"
#include "muai/rag/collection.h"

namespace muai {

// Belongs to one thread at a time; every call may touch the disk, so call it on a pool thread.
class LocalSearch {
 public:
  // NotFound, naming the collections there are, when `collection` does not exist.
  static Result<LocalSearch> open(const std::filesystem::path& data_dir, std::string collection);

  // Reads `paths` into memory; nothing is stored. URLs are kb://files/... InvalidInput when a path
  // does not exist or when none of the files holds text.
  static Result<LocalSearch> from_paths(std::span<const std::filesystem::path> paths,
                                        std::stop_token stop = {});

  // One text of any readable kind as kb://`collection`/`path`; nothing is stored. Errors are those
  // of read_document.
  static Result<LocalSearch> from_text(std::string collection, std::string_view path,
                                       std::string_view bytes);

  const std::string& collection() const { return collection_.name(); }

  // As Collection::vector_model.
  Result<std::optional<VectorModel>> vector_model() { return collection_.vector_model(); }

  // Files that `from_paths` could not read, with reasons.
  const std::vector<SkippedFile>& skipped() const { return skipped_; }

  // The best passages, best first.
  Result<std::vector<Passage>> passages(std::string_view query, const SearchOptions& options = {},
                                        std::stop_token stop = {});

  // The best passages with at most one for each document: what a list of web results would be.
  Result<std::vector<Passage>> documents(std::string_view query, const SearchOptions& options = {},
                                         std::stop_token stop = {});

  // The whole document behind a kb:// URL, with or without its #fragment. Empty when it is not of
  // this collection or does not exist.
  Result<std::optional<Document>> find_document(std::string_view url);

  // Only its text.
  Result<std::optional<std::string>> find_text(std::string_view url);

 private:
  LocalSearch(Collection collection, std::vector<SkippedFile> skipped);
  Collection collection_;
  std::vector<SkippedFile> skipped_;
};

}  // namespace muai
