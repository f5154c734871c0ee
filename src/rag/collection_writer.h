#pragma once

// One run of Collection::add: what is unchanged is passed over, the rest is read and parsed on
// worker threads while this thread writes.

#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "muai/core/result.h"
#include "muai/rag/chunker.h"
#include "muai/rag/collection.h"
#include "muai/store/passage_store.h"
#include "rag/file_walk.h"

namespace muai {

// A document ready to be stored.
struct PreparedDocument {
  StoredDocument stored;  // all but what the store fills
  std::string text;
  std::vector<Chunk> chunks;
};

// Cuts `document` and describes it. The caller sets path, hash, time and size.
PreparedDocument prepare_document(std::string url, Document document, const ChunkSizes& sizes = {});

// Stores it, inside or outside a transaction of `store`.
Result<void> put_prepared(PassageStore& store, const PreparedDocument& prepared);

class CollectionWriter {
 public:
  // The references must outlive the object.
  CollectionWriter(std::string_view collection, PassageStore& store, const AddOptions& options,
                   const AddProgressCallback& progress, std::stop_token stop);

  Result<AddReport> add(std::span<const std::filesystem::path> paths);

 private:
  struct Job {
    const FoundFile* file;
    const StoredDocument* known;  // null when it was not stored before
  };
  struct SameContent {};
  using Reading = std::variant<SameContent, PreparedDocument>;
  struct Outcome {
    Result<Reading> reading;
    std::size_t bytes = 0;
  };

  Result<void> store_roots(const FileWalk& walk);
  std::vector<Job> changed_files(const FileWalk& walk);
  Outcome read(const Job& job) const;
  Result<void> run_jobs(const std::vector<Job>& jobs);
  Result<void> take(const Job& job, Outcome outcome);
  Result<void> commit_batch();
  Result<void> handle_vanished(const FileWalk& walk);
  void tell();

  std::string_view collection_;
  PassageStore& store_;
  const AddOptions& options_;
  const AddProgressCallback& progress_;
  std::stop_token stop_;
  std::map<std::string, StoredDocument, std::less<>> known_by_path_;
  AddReport report_;
  AddProgress batch_;            // what the open transaction will add to the report
  std::size_t batch_bytes_ = 0;  // of text in the open transaction
  bool is_batch_open_ = false;
};

}  // namespace muai
