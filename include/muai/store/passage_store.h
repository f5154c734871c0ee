#pragma once

// PassageStore: documents, the passages they are cut into, and the full-text index over them, in
// one Database. It knows nothing about files or reading; rag's Collection is built on it.
//
// The passages of a document partition its text, so the text is stored once, as passages. The
// index holds no text of its own. Thread rules and errors are those of Database.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/byte_span.h"
#include "muai/core/result.h"
#include "muai/store/database.h"

namespace muai {

struct StoredDocument {
  std::int64_t id = 0;
  std::string url;   // kb://COLLECTION/relative/path
  std::string path;  // absolute path on disk; empty when it was not read from a file
  std::string title;
  std::string language;          // "en", "zh", or empty
  std::string content_sha256;    // of the file's bytes
  std::int64_t modified_ns = 0;  // the file's time, nanoseconds of the Unix epoch
  std::int64_t size = 0;         // of the file, bytes
  std::int64_t text_bytes = 0;
  std::int64_t passages = 0;
  std::string layout;  // opaque to the store: rag keeps blocks and headings here
};

struct StoredPassage {
  std::int64_t id = 0;
  std::int64_t document_id = 0;
  std::int64_t number = 0;  // within the document, from 0
  ByteSpan span;
  std::size_t begin_code_point = 0;
  std::string heading;
  std::string text;
};

// A passage about to be stored; views last until `put` returns.
struct NewPassage {
  std::string_view heading;
  std::string_view text;
};

// A folder or file that was added, and the name its documents have below the collection.
struct StoredRoot {
  std::int64_t id = 0;
  std::string path;   // absolute
  std::string label;  // first segment of the URL's path
};

// One term of a query as the index knows it.
struct QueryTerm {
  std::string term;
  std::size_t passages = 0;  // that hold it
};

struct Match {
  std::int64_t passage_id = 0;
  double score = 0;
};

class PassageStore {
 public:
  static Result<PassageStore> open(const std::filesystem::path& path, DatabaseAccess access);
  static Result<PassageStore> open_in_memory();

  // Documents put between `begin` and `commit` become visible and durable together.
  Result<void> begin();
  Result<void> commit();
  void rollback();

  // Stores a document in place of the one with the same URL, if any. `document.id`, `text_bytes`
  // and `passages` are filled by the store. Outside begin/commit it is its own transaction.
  Result<void> put(const StoredDocument& document, std::span<const NewPassage> passages);
  // The file was touched but not changed.
  Result<void> set_file_times(std::int64_t document_id, std::int64_t modified_ns,
                              std::int64_t size);
  Result<void> remove(std::int64_t document_id);

  Result<std::optional<StoredDocument>> find_document(std::string_view url);
  Result<std::optional<StoredDocument>> find_document(std::int64_t id);
  // In order of URL, without `layout`.
  Result<std::vector<StoredDocument>> list();
  Result<std::string> text_of(std::int64_t document_id);
  Result<std::optional<StoredPassage>> find_passage(std::int64_t passage_id);

  Result<std::vector<StoredRoot>> roots();
  Result<void> put_root(std::string_view path, std::string_view label);
  Result<void> remove_root(std::int64_t id);

  Result<std::size_t> passage_count();

  // Merges the index after large changes so that searches read less, and refreshes the counts of
  // frequent terms.
  Result<void> settle();

  // Every stored passage is in the index and no other; Corrupt otherwise. Also checks the file.
  Result<void> check_integrity();

  Database& database() { return database_; }

 private:
  explicit PassageStore(Database database);
  Database database_;
};

}  // namespace muai
