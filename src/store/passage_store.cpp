// The passages of a document have consecutive ids, so that a document finds its passages, and a
// passage its neighbours, without another index. Ids are never given again: the index may still
// speak of passages that are gone.

#include "muai/store/passage_store.h"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "muai/core/check.h"
#include "muai/text/utf8.h"
#include "store/full_text_index.h"
#include "store/index_check.h"
#include "store/index_reader.h"
#include "store/index_writer.h"
#include "store/passage_counters.h"

namespace muai {

enum class PassageStore::Sql : std::uint8_t {
  Begin,
  Commit,
  InsertDocument,
  NextPassageId,
  InsertPassage,
  PassagesOf,
  DeleteVectors,
  DeletePassages,
  DeleteDocument,
  SetFileTimes,
  FindDocumentByUrl,
  FindDocumentById,
  TextOf,
  FindPassage,
  FindResult,
  ReadCounter,
  WriteCounter,
  Count_,
};

namespace {

constexpr std::string_view kFirstSchema = R"(
CREATE TABLE roots (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  label TEXT NOT NULL UNIQUE);
CREATE TABLE documents (
  id INTEGER PRIMARY KEY,
  url TEXT NOT NULL UNIQUE,
  path TEXT NOT NULL,
  title TEXT NOT NULL,
  language TEXT NOT NULL,
  content_sha256 TEXT NOT NULL,
  modified_ns INTEGER NOT NULL,
  size INTEGER NOT NULL,
  text_bytes INTEGER NOT NULL,
  first_passage INTEGER NOT NULL,
  passages INTEGER NOT NULL,
  layout BLOB NOT NULL);
CREATE TABLE passages (
  id INTEGER PRIMARY KEY,
  document INTEGER NOT NULL,
  begin INTEGER NOT NULL,
  begin_code_point INTEGER NOT NULL,
  heading TEXT NOT NULL,
  text TEXT NOT NULL);
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE frequent_terms (term TEXT PRIMARY KEY, passages INTEGER NOT NULL) WITHOUT ROWID;
)";

constexpr std::string_view kTermListsAndVectors = R"(
DROP TABLE frequent_terms;
DELETE FROM counters WHERE name = 'passages_when_terms_were_counted';
INSERT INTO counters SELECT 'passages_since_settled', value FROM counters WHERE name = 'passages'
  ON CONFLICT (name) DO UPDATE SET value = excluded.value;
CREATE TABLE term_lists (term TEXT PRIMARY KEY, passages INTEGER NOT NULL, list BLOB NOT NULL);
CREATE TABLE listed_passages (ids BLOB NOT NULL, lengths BLOB NOT NULL);
CREATE TABLE removed_ranges (first INTEGER PRIMARY KEY, passages INTEGER NOT NULL);
CREATE TABLE vector_model (name TEXT NOT NULL, dimension INTEGER NOT NULL);
CREATE TABLE vectors (passage INTEGER PRIMARY KEY, vector BLOB NOT NULL);
)";

// Files of the first two versions have a full-text index too. It is dropped when the index is made
// anew, which the tokenizer's version asks for.
constexpr std::string_view kSegments = R"(
DROP TABLE term_lists;
DROP TABLE listed_passages;
DROP TABLE removed_ranges;
INSERT INTO counters SELECT 'last_passage', value FROM counters WHERE name = 'last_listed_passage';
DELETE FROM counters WHERE name IN ('last_listed_passage', 'term_lists_generation');
CREATE TABLE new_passages (
  id INTEGER PRIMARY KEY,
  document INTEGER NOT NULL,
  begin INTEGER NOT NULL,
  begin_code_point INTEGER NOT NULL,
  heading TEXT NOT NULL,
  tokens BLOB NOT NULL,
  text TEXT NOT NULL);
INSERT INTO new_passages
  SELECT id, document, begin, begin_code_point, heading, x'', text FROM passages;
DROP TABLE passages;
ALTER TABLE new_passages RENAME TO passages;
CREATE TABLE segments (
  id INTEGER PRIMARY KEY,
  level INTEGER NOT NULL,
  last_passage INTEGER NOT NULL,
  runs BLOB NOT NULL,
  lengths BLOB NOT NULL,
  title_tokens INTEGER NOT NULL,
  heading_tokens INTEGER NOT NULL,
  body_tokens INTEGER NOT NULL);
CREATE TABLE segment_blocks (id INTEGER PRIMARY KEY, entries BLOB NOT NULL);
CREATE TABLE spelling_terms (first TEXT PRIMARY KEY, terms BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE removed_passages (
  first INTEGER PRIMARY KEY,
  passages INTEGER NOT NULL,
  title_tokens INTEGER NOT NULL,
  heading_tokens INTEGER NOT NULL,
  body_tokens INTEGER NOT NULL);
)";

constexpr std::array<std::string_view, 3> kMigrations{kFirstSchema, kTermListsAndVectors,
                                                      kSegments};

// The index is tidied when this share of the passages changed since the last time.
constexpr double kSettleShare = 0.05;
// So many are looked through by a query in less than a tenth of a millisecond.
constexpr std::int64_t kPendingAtRest = 256;

std::string_view sql_of(std::size_t number) {
  static constexpr std::array<std::string_view, 17> kSql{
      "BEGIN IMMEDIATE",
      "COMMIT",
      "INSERT INTO documents(url, path, title, language, content_sha256, modified_ns, size, "
      "text_bytes, first_passage, passages, layout) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
      "SELECT max(ifnull((SELECT max(id) FROM passages), 0), ifnull((SELECT value FROM counters "
      "WHERE name = 'last_passage'), 0)) + 1",
      "INSERT INTO passages VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      "SELECT first_passage, passages FROM documents WHERE id = ?1",
      "DELETE FROM vectors WHERE passage >= (SELECT first_passage FROM documents WHERE id = ?1) "
      "AND "
      "passage < (SELECT first_passage + passages FROM documents WHERE id = ?1)",
      "DELETE FROM passages WHERE id >= (SELECT first_passage FROM documents WHERE id = ?1) AND "
      "id < (SELECT first_passage + passages FROM documents WHERE id = ?1)",
      "DELETE FROM documents WHERE id = ?1",
      "UPDATE documents SET modified_ns = ?2, size = ?3 WHERE id = ?1",
      "SELECT id, url, path, title, language, content_sha256, modified_ns, size, text_bytes, "
      "passages, layout FROM documents WHERE url = ?1",
      "SELECT id, url, path, title, language, content_sha256, modified_ns, size, text_bytes, "
      "passages, '' FROM documents WHERE id = ?1",
      "SELECT p.text FROM documents d JOIN passages p ON p.id >= d.first_passage AND "
      "p.id < d.first_passage + d.passages WHERE d.id = ?1 ORDER BY p.id",
      "SELECT p.id, p.document, p.id - d.first_passage, p.begin, p.begin_code_point, p.heading, "
      "p.text FROM passages p JOIN documents d ON d.id = p.document WHERE p.id = ?1",
      "SELECT p.id, p.document, p.id - d.first_passage, p.begin, p.begin_code_point, p.heading, "
      "p.text, d.url, d.title, d.language FROM passages p JOIN documents d ON d.id = p.document "
      "WHERE p.id = ?1",
      "SELECT value FROM counters WHERE name = ?1",
      "INSERT INTO counters VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
  };
  return kSql[number];
}

Result<void> index_every_passage(Database& database) {
  MUAI_TRY_VOID(drop_full_text_index(database));
  IndexWriter writer;
  MUAI_TRY_VOID(writer.clear(database));
  MUAI_TRY(Statement rows,
           database.prepare("SELECT p.id, d.title, p.heading, p.text FROM passages "
                            "p JOIN documents d ON d.id = p.document ORDER BY p.id"));
  MUAI_TRY(Statement update, database.prepare("UPDATE passages SET tokens = ?2 WHERE id = ?1"));
  for (;;) {
    MUAI_TRY(const bool row, rows.step());
    if (!row) break;
    const TokenStream tokens = token_stream_of({rows.text(1), rows.text(2), rows.text(3)});
    MUAI_TRY_VOID(update.bind(1, rows.integer(0)).bind_blob(2, tokens.bytes()).run());
  }
  return writer.tidy(database, {});
}

constexpr Schema kSchema{"passages", kMigrations, index_every_passage};

StoredDocument document_of(const Statement& row) {
  StoredDocument document;
  document.id = row.integer(0);
  document.url = row.text(1);
  document.path = row.text(2);
  document.title = row.text(3);
  document.language = row.text(4);
  document.content_sha256 = row.text(5);
  document.modified_ns = row.integer(6);
  document.size = row.integer(7);
  document.text_bytes = row.integer(8);
  document.passages = row.integer(9);
  document.layout = row.text(10);
  return document;
}

StoredPassage stored_passage(const Statement& row) {
  StoredPassage passage;
  passage.id = row.integer(0);
  passage.document_id = row.integer(1);
  passage.number = row.integer(2);
  passage.begin_code_point = static_cast<std::size_t>(row.integer(4));
  passage.heading = row.text(5);
  passage.text = row.text(6);
  passage.span.begin = static_cast<std::size_t>(row.integer(3));
  passage.span.end = passage.span.begin + passage.text.size();
  return passage;
}

Result<std::optional<StoredDocument>> one_document(Statement& query) {
  MUAI_TRY(const bool row, query.step());
  if (!row) return std::nullopt;
  std::optional<StoredDocument> found = document_of(query);
  query.reset();
  return found;
}

}  // namespace

PassageStore::PassageStore(Database database)
    : database_(std::move(database)),
      statements_(static_cast<std::size_t>(Sql::Count_)),
      writer_(std::make_unique<IndexWriter>()),
      reader_(std::make_unique<IndexReader>()) {}

PassageStore::PassageStore(PassageStore&&) noexcept = default;
PassageStore& PassageStore::operator=(PassageStore&&) noexcept = default;
PassageStore::~PassageStore() = default;

Result<PassageStore> PassageStore::open(const std::filesystem::path& path, DatabaseAccess access) {
  MUAI_TRY(Database database, Database::open(path, kSchema, {.access = access}));
  return PassageStore(std::move(database));
}

Result<PassageStore> PassageStore::open_in_memory() {
  MUAI_TRY(Database database, Database::open_in_memory(kSchema));
  return PassageStore(std::move(database));
}

Result<Statement*> PassageStore::statement(Sql sql) {
  auto& slot = statements_[static_cast<std::size_t>(sql)];
  if (!slot) {
    MUAI_TRY(slot, database_.prepare(sql_of(static_cast<std::size_t>(sql))));
  }
  return &*slot;
}

Result<void> PassageStore::begin() {
  MUAI_CHECK(!in_transaction_);
  MUAI_TRY(Statement * begin, statement(Sql::Begin));
  MUAI_TRY_VOID(begin->run());
  in_transaction_ = true;
  MUAI_TRY(Statement * next, statement(Sql::NextPassageId));
  MUAI_TRY_VOID(next->step());
  next_passage_id_ = next->integer(0);
  next->reset();
  return {};
}

Result<void> PassageStore::commit() {
  MUAI_CHECK(in_transaction_);
  MUAI_TRY_VOID(write_counter(kLastPassageCounter, next_passage_id_ - 1));
  MUAI_TRY_VOID(mark_index_changed(database_));
  MUAI_TRY(Statement * commit, statement(Sql::Commit));
  MUAI_TRY_VOID(commit->run());
  in_transaction_ = false;
  return {};
}

void PassageStore::rollback() {
  in_transaction_ = false;
  writer_->discard();
  reader_->forget();
  for (auto& statement : statements_) {
    if (statement) statement->reset();
  }
  if (sqlite3_get_autocommit(database_.handle()) == 0) {
    static_cast<void>(database_.execute("ROLLBACK"));
  }
}

Result<void> PassageStore::put(const StoredDocument& document,
                               std::span<const NewPassage> passages) {
  if (in_transaction_) return write(document, passages);
  MUAI_TRY_VOID(begin());
  auto written = write(document, passages);
  if (written) written = commit();
  if (!written) rollback();
  return written;
}

Result<void> PassageStore::write(const StoredDocument& document,
                                 std::span<const NewPassage> passages) {
  MUAI_TRY(const auto old, find_document(document.url));
  if (old) MUAI_TRY_VOID(erase(old->id));
  const std::int64_t first_id = next_passage_id_;
  next_passage_id_ += static_cast<std::int64_t>(passages.size());
  std::size_t text_bytes = 0;
  for (const NewPassage& passage : passages) text_bytes += passage.text.size();
  MUAI_TRY(Statement * insert, statement(Sql::InsertDocument));
  MUAI_TRY_VOID(insert->bind(1, document.url)
                    .bind(2, document.path)
                    .bind(3, document.title)
                    .bind(4, document.language)
                    .bind(5, document.content_sha256)
                    .bind(6, document.modified_ns)
                    .bind(7, document.size)
                    .bind(8, static_cast<std::int64_t>(text_bytes))
                    .bind(9, first_id)
                    .bind(10, static_cast<std::int64_t>(passages.size()))
                    .bind_blob(11, document.layout)
                    .run());
  MUAI_TRY_VOID(write_passages(database_.last_insert_id(), document.title, first_id, passages));
  return add_to_passage_count(static_cast<std::int64_t>(passages.size()));
}

Result<void> PassageStore::write_passages(std::int64_t document_id, std::string_view title,
                                          std::int64_t first_id,
                                          std::span<const NewPassage> passages) {
  MUAI_TRY_VOID(writer_->begin_document(database_));
  MUAI_TRY(Statement * insert, statement(Sql::InsertPassage));
  std::int64_t id = first_id;
  std::size_t begin = 0;
  std::size_t begin_code_point = 0;
  for (const NewPassage& passage : passages) {
    const std::string_view tokens = writer_->add(id, {title, passage.heading, passage.text});
    MUAI_TRY_VOID(insert->bind(1, id)
                      .bind(2, document_id)
                      .bind(3, static_cast<std::int64_t>(begin))
                      .bind(4, static_cast<std::int64_t>(begin_code_point))
                      .bind(5, passage.heading)
                      .bind_blob(6, tokens)
                      .bind(7, passage.text)
                      .run());
    begin += passage.text.size();
    begin_code_point += count_code_points(passage.text);
    ++id;
  }
  return {};
}

Result<void> PassageStore::erase(std::int64_t document_id) {
  MUAI_TRY(Statement * query, statement(Sql::PassagesOf));
  MUAI_TRY(const bool row, query->bind(1, document_id).step());
  if (!row) return {};
  const IdRun passages{query->integer(0), query->integer(1)};
  query->reset();
  MUAI_TRY_VOID(writer_->remove(database_, passages));
  for (const Sql sql : {Sql::DeleteVectors, Sql::DeletePassages, Sql::DeleteDocument}) {
    MUAI_TRY(Statement * remove, statement(sql));
    MUAI_TRY_VOID(remove->bind(1, document_id).run());
    if (sql == Sql::DeleteVectors && database_.changed_rows() > 0) {
      MUAI_TRY(const std::int64_t generation, read_counter(kVectorsCounter));
      MUAI_TRY_VOID(write_counter(kVectorsCounter, generation + 1));
    }
  }
  return add_to_passage_count(-passages.count);
}

Result<void> PassageStore::add_to_passage_count(std::int64_t difference) {
  MUAI_TRY(const std::int64_t passages, read_counter(kPassagesCounter));
  MUAI_TRY_VOID(write_counter(kPassagesCounter, passages + difference));
  MUAI_TRY(const std::int64_t unsettled, read_counter(kUnsettledCounter));
  return write_counter(kUnsettledCounter, unsettled + std::abs(difference));
}

Result<std::int64_t> PassageStore::read_counter(std::string_view name) {
  MUAI_TRY(Statement * read, statement(Sql::ReadCounter));
  MUAI_TRY(const bool row, read->bind(1, name).step());
  if (!row) return 0;
  const std::int64_t value = read->integer(0);
  read->reset();
  return value;
}

Result<void> PassageStore::write_counter(std::string_view name, std::int64_t value) {
  MUAI_TRY(Statement * write, statement(Sql::WriteCounter));
  return write->bind(1, name).bind(2, value).run();
}

Result<void> PassageStore::set_file_times(std::int64_t document_id, std::int64_t modified_ns,
                                          std::int64_t size) {
  MUAI_TRY(Statement * update, statement(Sql::SetFileTimes));
  return update->bind(1, document_id).bind(2, modified_ns).bind(3, size).run();
}

Result<void> PassageStore::remove(std::int64_t document_id) {
  if (in_transaction_) return erase(document_id);
  MUAI_TRY_VOID(begin());
  auto erased = erase(document_id);
  if (erased) erased = commit();
  if (!erased) rollback();
  return erased;
}

Result<std::optional<StoredDocument>> PassageStore::find_document(std::string_view url) {
  MUAI_TRY(Statement * query, statement(Sql::FindDocumentByUrl));
  query->bind(1, url);
  return one_document(*query);
}

Result<std::optional<StoredDocument>> PassageStore::find_document_header(std::int64_t id) {
  MUAI_TRY(Statement * query, statement(Sql::FindDocumentById));
  query->bind(1, id);
  return one_document(*query);
}

Result<std::vector<StoredDocument>> PassageStore::list() {
  MUAI_TRY(Statement query,
           database_.prepare("SELECT id, url, path, title, language, content_sha256, modified_ns, "
                             "size, text_bytes, passages, '' FROM documents ORDER BY url"));
  std::vector<StoredDocument> documents;
  for (;;) {
    MUAI_TRY(const bool row, query.step());
    if (!row) return documents;
    documents.push_back(document_of(query));
  }
}

Result<std::string> PassageStore::text_of(std::int64_t document_id) {
  MUAI_TRY(Statement * query, statement(Sql::TextOf));
  query->bind(1, document_id);
  std::string text;
  for (;;) {
    MUAI_TRY(const bool row, query->step());
    if (!row) return text;
    text += query->text(0);
  }
}

Result<std::optional<StoredPassage>> PassageStore::find_passage(std::int64_t passage_id) {
  MUAI_TRY(Statement * query, statement(Sql::FindPassage));
  MUAI_TRY(const bool row, query->bind(1, passage_id).step());
  if (!row) return std::nullopt;
  std::optional<StoredPassage> passage = stored_passage(*query);
  query->reset();
  return passage;
}

Result<std::optional<FoundPassage>> PassageStore::find_result(std::int64_t passage_id) {
  MUAI_TRY(Statement * query, statement(Sql::FindResult));
  MUAI_TRY(const bool row, query->bind(1, passage_id).step());
  if (!row) return std::nullopt;
  std::optional<FoundPassage> found{{.passage = stored_passage(*query),
                                     .document_url = std::string(query->text(7)),
                                     .title = std::string(query->text(8)),
                                     .language = std::string(query->text(9))}};
  query->reset();
  return found;
}

Result<std::vector<StoredRoot>> PassageStore::roots() {
  MUAI_TRY(Statement query, database_.prepare("SELECT id, path, label FROM roots ORDER BY id"));
  std::vector<StoredRoot> roots;
  for (;;) {
    MUAI_TRY(const bool row, query.step());
    if (!row) return roots;
    roots.push_back({query.integer(0), std::string(query.text(1)), std::string(query.text(2))});
  }
}

Result<void> PassageStore::put_root(std::string_view path, std::string_view label) {
  MUAI_TRY(Statement insert, database_.prepare("INSERT INTO roots(path, label) VALUES (?1, ?2)"));
  return insert.bind(1, path).bind(2, label).run();
}

Result<void> PassageStore::remove_root(std::int64_t id) {
  MUAI_TRY(Statement remove, database_.prepare("DELETE FROM roots WHERE id = ?1"));
  return remove.bind(1, id).run();
}

Result<std::size_t> PassageStore::passage_count() {
  MUAI_TRY(const std::int64_t passages, read_counter(kPassagesCounter));
  return static_cast<std::size_t>(passages);
}

Result<TermPostings> PassageStore::find_postings(std::string_view term) {
  MUAI_TRY_VOID(reader_->refresh(database_));
  return reader_->find(database_, term);
}

Result<const PassageSlots*> PassageStore::slots() {
  MUAI_TRY_VOID(reader_->refresh(database_));
  return &reader_->slots();
}

Result<std::optional<TokenStream>> PassageStore::tokens_of(std::int64_t passage_id) {
  return reader_->tokens_of(database_, passage_id);
}

Result<std::optional<TermCount>> PassageStore::find_term(std::uint32_t code) {
  MUAI_TRY_VOID(reader_->refresh(database_));
  return reader_->find_code(database_, code);
}

Result<std::vector<TermCount>> PassageStore::terms_with_prefix(std::string_view prefix,
                                                               std::size_t limit) {
  MUAI_TRY_VOID(reader_->refresh(database_));
  return reader_->with_prefix(database_, prefix, limit);
}

Result<IndexSizes> PassageStore::index_sizes() {
  MUAI_TRY_VOID(reader_->refresh(database_));
  return reader_->sizes();
}

ReadScope::ReadScope(ReadScope&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)),
      index_(std::exchange(other.index_, nullptr)) {}

ReadScope::~ReadScope() {
  if (database_ == nullptr) return;
  index_->unpin();
  static_cast<void>(database_->execute("COMMIT"));
}

Result<ReadScope> PassageStore::begin_reading() {
  if (sqlite3_get_autocommit(database_.handle()) == 0) return ReadScope();
  MUAI_TRY_VOID(database_.execute("BEGIN"));
  ReadScope scope(database_, *reader_);
  MUAI_TRY_VOID(reader_->pin(database_));
  return scope;
}

Result<void> PassageStore::settle(std::stop_token stop) {
  MUAI_CHECK(!in_transaction_);
  MUAI_TRY(const std::int64_t unsettled, read_counter(kUnsettledCounter));
  MUAI_TRY(const std::size_t passages, passage_count());
  const bool is_much =
      static_cast<double>(unsettled) > kSettleShare * static_cast<double>(passages);
  MUAI_TRY(const std::int64_t pending, writer_->pending(database_));
  if (!is_much && pending <= kPendingAtRest) return {};
  MUAI_TRY(Transaction transaction, Transaction::begin(database_));
  if (is_much) {
    MUAI_TRY_VOID(writer_->tidy(database_, stop));
    MUAI_TRY_VOID(write_counter(kUnsettledCounter, 0));
  } else {
    MUAI_TRY_VOID(writer_->flush(database_));
  }
  return transaction.commit();
}

Result<void> PassageStore::check_integrity() {
  MUAI_TRY(const ReadScope reading, begin_reading());
  MUAI_TRY_VOID(database_.check_integrity());
  return check_index(database_);
}

}  // namespace muai
