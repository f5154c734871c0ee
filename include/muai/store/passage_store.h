#pragma once

// PassageStore: documents, the passages they are cut into, and the index over them, in one
// Database. It knows nothing about files or reading; rag's Collection is built on it.
//
// The passages of a document partition its text, so the text is stored once, as passages. The
// index is derived from them: for each term the passages that hold it, and for each passage its
// tokens. Thread rules and errors are those of Database.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/byte_span.h"
#include "muai/core/result.h"
#include "muai/store/database.h"
#include "muai/store/postings.h"
#include "muai/store/token_stream.h"

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

// A passage with what a result shows of its document.
struct FoundPassage {
  StoredPassage passage;
  std::string document_url;
  std::string title;
  std::string language;
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

class IndexReader;
class IndexWriter;

// See PassageStore::begin_reading.
class ReadScope {
 public:
  ReadScope(ReadScope&& other) noexcept;
  ReadScope& operator=(ReadScope&&) = delete;
  ~ReadScope();

 private:
  friend class PassageStore;
  ReadScope() = default;
  ReadScope(Database& database, IndexReader& index) : database_(&database), index_(&index) {}
  // Null when a transaction of someone else gives the view.
  Database* database_ = nullptr;
  IndexReader* index_ = nullptr;
};

class PassageStore {
 public:
  PassageStore(PassageStore&&) noexcept;
  PassageStore& operator=(PassageStore&&) noexcept;
  ~PassageStore();

  static Result<PassageStore> open(const std::filesystem::path& path, DatabaseAccess access);
  static Result<PassageStore> open_in_memory();

  // Documents put between `begin` and `commit` become visible and durable together. After any
  // failure in between, call `rollback`.
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
  // Without `layout`.
  Result<std::optional<StoredDocument>> find_document_header(std::int64_t id);
  // In order of URL, without `layout`.
  Result<std::vector<StoredDocument>> list();
  Result<std::string> text_of(std::int64_t document_id);
  Result<std::optional<StoredPassage>> find_passage(std::int64_t passage_id);

  Result<std::vector<StoredRoot>> roots();
  Result<void> put_root(std::string_view path, std::string_view label);
  Result<void> remove_root(std::int64_t id);

  // Passages in the store.
  Result<std::size_t> passage_count();

  // What the passage and its document are. Empty when there is no such passage.
  Result<std::optional<FoundPassage>> find_result(std::int64_t passage_id);

  // The passages that hold `term`, one of for_each_token's terms, compared byte by byte. Costs a
  // look-up in each segment of the index, and the bytes of the term's lists.
  Result<TermPostings> find_postings(std::string_view term);
  // The slots that postings speak of. Valid until the next call of any member.
  Result<const PassageSlots*> slots();
  // The tokens of a passage; nothing when there is no such passage.
  Result<std::optional<TokenStream>> tokens_of(std::int64_t passage_id);
  // The term with the code of a token (of several, the one that most passages hold).
  Result<std::optional<TermCount>> find_term(std::uint32_t code);

  // Terms of the letters a to z that begin with `prefix`, which is of such letters, in order of
  // bytes, at most `limit`: those of the passages that were there when the store last settled.
  Result<std::vector<TermCount>> terms_with_prefix(std::string_view prefix, std::size_t limit);

  // Of the passages that are in the index and not removed.
  Result<IndexSizes> index_sizes();

  // While the result lives, every call sees the same state of the file.
  Result<ReadScope> begin_reading();

  // After large changes: merges the index so that searches read less, and forgets what was removed
  // from it. Cancelled when `stop` fired: what is left is done by the next call.
  Result<void> settle(std::stop_token stop = {});

  // Every stored passage is in the index and no other, and the index is in order; Corrupt
  // otherwise. Also checks the file.
  Result<void> check_integrity();

  Database& database() { return database_; }

 private:
  enum class Sql : std::uint8_t;
  explicit PassageStore(Database database);
  Result<Statement*> statement(Sql sql);
  Result<void> write(const StoredDocument& document, std::span<const NewPassage> passages);
  Result<void> write_passages(std::int64_t document_id, std::string_view title,
                              std::int64_t first_id, std::span<const NewPassage> passages);
  Result<void> erase(std::int64_t document_id);
  Result<void> add_to_passage_count(std::int64_t difference);
  Result<std::int64_t> read_counter(std::string_view name);
  Result<void> write_counter(std::string_view name, std::int64_t value);

  Database database_;
  std::vector<std::optional<Statement>> statements_;  // prepared at first use, by Sql
  std::unique_ptr<IndexWriter> writer_;
  std::unique_ptr<IndexReader> reader_;
  std::int64_t next_passage_id_ = 0;  // within a transaction
  bool in_transaction_ = false;
};

}  // namespace muai
