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

// The indexed parts of a passage.
enum class Field : std::uint8_t { Title, Heading, Body };
inline constexpr std::size_t kFieldCount = 3;

// A term to look for, as for_each_token gives it. Terms are compared byte by byte.
struct MatchTerm {
  std::string term;
  // A passage is visited when at least one selecting term occurs in it. The other terms are only
  // looked up in the passages visited, which costs much less for frequent ones.
  bool selects = true;
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

  // In how many passages each term occurs: exact for rare terms; for frequent ones as of the last
  // `settle`, scaled to today's number of passages.
  Result<std::vector<std::size_t>> count_passages_with(std::span<const std::string> terms);

  // Calls `visit` for each passage in which a selecting term occurs, in order of id.
  Result<void> match(std::span<const MatchTerm> terms, const MatchVisitor& visit);

  Result<IndexSizes> index_sizes();

  // Merges the index after large changes so that searches read less, and refreshes the counts of
  // frequent terms. Cancelled when `stop` fired: what is left is done by the next call.
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
  Result<void> add_to_passage_count(std::int64_t difference);
  Result<void> merge_index(std::stop_token stop);
  Result<void> count_frequent_terms();

  Database database_;
  std::vector<std::optional<Statement>> statements_;  // prepared at first use, by Sql
  bool in_transaction_ = false;
};

}  // namespace muai
