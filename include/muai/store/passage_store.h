#pragma once

// PassageStore: documents, the passages they are cut into, and the full-text index over them, in
// one Database. It knows nothing about files or reading; rag's Collection is built on it.
//
// The passages of a document partition its text, so the text is stored once, as passages. The
// index holds no text of its own. Thread rules and errors are those of Database.

#include <array>
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
#include "muai/store/term_lists.h"

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

// A term and in how many passages it occurs.
struct TermCount {
  std::string term;
  std::size_t passages = 0;
};

// Sizes of the whole index, in tokens.
struct IndexSizes {
  std::size_t passages = 0;
  std::array<double, kFieldCount> mean_length{};
};

// One passage that matches, as the index sees it. Valid only during the call of the visitor.
class MatchRow {
 public:
  std::int64_t passage_id() const;
  // How often term number `term` of the query occurs, by field.
  std::array<std::uint32_t, kFieldCount> frequencies(std::size_t term) const;
  // Where it occurs in `field`, ascending, in tokens; replaces the content of `out`.
  void positions(std::size_t term, Field field, std::vector<std::uint32_t>& out) const;
  // Tokens in `field`. Costs a look-up in the file; ask only when it matters.
  std::uint32_t length(Field field) const;

 private:
  friend class MatchVisit;
  MatchRow(const void* fts_api, void* fts_context, std::span<const int> phrases)
      : api_(fts_api), context_(fts_context), phrases_(phrases) {}

  const void* api_;
  void* context_;
  std::span<const int> phrases_;  // FTS5's phrase number of each term
};

using MatchVisitor = std::function<void(const MatchRow& row)>;

// See PassageStore::begin_reading.
class ReadScope {
 public:
  ReadScope(ReadScope&& other) noexcept;
  ReadScope& operator=(ReadScope&&) = delete;
  ~ReadScope();

 private:
  friend class PassageStore;
  explicit ReadScope(Database* database) : database_(database) {}
  Database* database_ = nullptr;  // null when a transaction of someone else gives the view
};

class PassageStore {
 public:
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

  // The passages that term lists speak of; empty before the first `settle`. Kept in memory and
  // read again when the file has changed. Valid until the next call of any member.
  Result<const ListedPassages*> listed_passages();

  // The list of `term`; empty when it is rare (in fewer than some dozens of passages, or in none
  // that are listed), or a stop word.
  Result<std::optional<TermList>> find_list(std::string_view term);

  // How many passages the list of `term` has; 0 when there is none.
  Result<std::size_t> count_listed(std::string_view term);

  // Calls `visit` for each passage with an id greater than `after_id` in which a term occurs, in
  // order of id. Terms are those of for_each_token, compared byte by byte.
  Result<void> match(std::span<const std::string> terms, std::int64_t after_id,
                     const MatchVisitor& visit);

  // Terms of the index that begin with `prefix`, in order of bytes, at most `limit`. The prefix
  // ends in an ASCII character. Reads where they occur: milliseconds for short prefixes.
  Result<std::vector<TermCount>> terms_with_prefix(std::string_view prefix, std::size_t limit);

  Result<IndexSizes> index_sizes();

  // While the result lives, every call sees the same state of the file.
  Result<ReadScope> begin_reading();

  // After large changes: merges the index so that searches read less, and makes the term lists
  // anew. Cancelled when `stop` fired: what is left is done by the next call.
  Result<void> settle(std::stop_token stop = {});

  // Every stored passage is in the index and no other; Corrupt otherwise. Also checks the file,
  // and, for a writer, the inner order of the index.
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
  Result<void> unlist(std::int64_t document_id);
  Result<void> add_to_passage_count(std::int64_t difference);
  Result<void> merge_index(std::stop_token stop);
  Result<void> write_term_lists(std::size_t passages, std::stop_token stop);
  Result<std::int64_t> read_counter(std::string_view name);
  Result<void> write_counter(std::string_view name, std::int64_t value);

  Database database_;
  std::vector<std::optional<Statement>> statements_;  // prepared at first use, by Sql
  bool in_transaction_ = false;
  ListedPassages listed_;
  std::int64_t listed_generation_ = -1;  // of the file when `listed_` was read
};

}  // namespace muai
