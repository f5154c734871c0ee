// The passages of a document have consecutive ids, so that a document finds its passages, and a
// passage its neighbours, without another index. Deleting from a contentless FTS5 table needs the
// exact text that was indexed: it is read back from `passages` and `documents`.

#include "muai/store/passage_store.h"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "muai/core/check.h"
#include "muai/text/utf8.h"
#include "store/passage_counters.h"
#include "store/passage_match.h"
#include "store/sqlite_error.h"

namespace muai {

enum class PassageStore::Sql : std::uint8_t {
  Begin,
  Commit,
  InsertDocument,
  NextPassageId,
  InsertPassage,
  IndexPassage,
  ReadForUnindex,
  UnindexPassage,
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
  FindList,
  CountListed,
  TermsWithPrefix,
  Match,
  RemoveListed,
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
CREATE VIRTUAL TABLE passage_index USING
  fts5(title, heading, body, content = '', tokenize = 'muai', detail = full);
CREATE VIRTUAL TABLE passage_terms USING fts5vocab(passage_index, row);
INSERT INTO passage_index(passage_index, rank) VALUES ('hashsize', 16777216);
INSERT INTO passage_index(passage_index, rank) VALUES ('automerge', 8);
)";

// Counters set here make the next `settle` fill the lists; until then the index answers alone.
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

constexpr std::array<std::string_view, 2> kMigrations{kFirstSchema, kTermListsAndVectors};

constexpr std::string_view kIndexSql =
    "INSERT INTO passage_index(rowid, title, heading, body) VALUES (?1, ?2, ?3, ?4)";

std::string_view sql_of(std::size_t number) {
  static constexpr std::array<std::string_view, 24> kSql{
      "BEGIN IMMEDIATE",
      "COMMIT",
      "INSERT INTO documents(url, path, title, language, content_sha256, modified_ns, size, "
      "text_bytes, first_passage, passages, layout) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
      "SELECT max(ifnull((SELECT max(id) FROM passages), 0), ifnull((SELECT value FROM counters "
      "WHERE name = 'last_listed_passage'), 0)) + 1",
      "INSERT INTO passages VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
      kIndexSql,
      "SELECT p.id, d.title, p.heading, p.text FROM documents d JOIN passages p "
      "ON p.id >= d.first_passage AND p.id < d.first_passage + d.passages WHERE d.id = ?1",
      "INSERT INTO passage_index(passage_index, rowid, title, heading, body) "
      "VALUES ('delete', ?1, ?2, ?3, ?4)",
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
      "SELECT passages, list FROM term_lists WHERE term = ?1",
      "SELECT passages FROM term_lists WHERE term = ?1",
      "SELECT term, doc FROM passage_terms WHERE term >= ?1 AND term < ?2 LIMIT ?3",
      "SELECT muai_match(passage_index, ?2) FROM passage_index WHERE passage_index MATCH ?1 AND "
      "rowid > ?3",
      "INSERT OR REPLACE INTO removed_ranges SELECT first_passage, passages FROM documents WHERE "
      "id = ?1 AND passages > 0 AND first_passage <= ?2",
  };
  return kSql[number];
}

Result<void> index_every_passage(Database& database) {
  MUAI_TRY_VOID(database.execute(
      "INSERT INTO passage_index(passage_index) VALUES ('delete-all'); DELETE FROM term_lists; "
      "DELETE FROM listed_passages; DELETE FROM removed_ranges; "
      "INSERT INTO counters SELECT 'passages_since_settled', value FROM counters WHERE name = "
      "'passages' ON CONFLICT (name) DO UPDATE SET value = excluded.value; "
      "INSERT INTO counters VALUES ('term_lists_generation', 1) ON CONFLICT (name) DO UPDATE SET "
      "value = value + 1"));
  MUAI_TRY(Statement rows,
           database.prepare("SELECT p.id, d.title, p.heading, p.text FROM passages "
                            "p JOIN documents d ON d.id = p.document ORDER BY p.id"));
  MUAI_TRY(Statement insert, database.prepare(kIndexSql));
  for (;;) {
    MUAI_TRY(const bool row, rows.step());
    if (!row) return {};
    MUAI_TRY_VOID(insert.bind(1, rows.integer(0))
                      .bind(2, rows.text(1))
                      .bind(3, rows.text(2))
                      .bind(4, rows.text(3))
                      .run());
  }
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
    : database_(std::move(database)), statements_(static_cast<std::size_t>(Sql::Count_)) {}

Result<PassageStore> PassageStore::open(const std::filesystem::path& path, DatabaseAccess access) {
  MUAI_TRY(Database database, Database::open(path, kSchema, {.access = access}));
  MUAI_TRY_VOID(register_match_function(database.handle()));
  return PassageStore(std::move(database));
}

Result<PassageStore> PassageStore::open_in_memory() {
  MUAI_TRY(Database database, Database::open_in_memory(kSchema));
  MUAI_TRY_VOID(register_match_function(database.handle()));
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
  return {};
}

Result<void> PassageStore::commit() {
  MUAI_CHECK(in_transaction_);
  MUAI_TRY(Statement * commit, statement(Sql::Commit));
  MUAI_TRY_VOID(commit->run());
  in_transaction_ = false;
  return {};
}

void PassageStore::rollback() {
  in_transaction_ = false;
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
  MUAI_TRY(Statement * next, statement(Sql::NextPassageId));
  MUAI_TRY_VOID(next->step());
  const std::int64_t first_id = next->integer(0);
  next->reset();
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
  MUAI_TRY(Statement * insert, statement(Sql::InsertPassage));
  MUAI_TRY(Statement * index, statement(Sql::IndexPassage));
  std::int64_t id = first_id;
  std::size_t begin = 0;
  std::size_t begin_code_point = 0;
  for (const NewPassage& passage : passages) {
    MUAI_TRY_VOID(insert->bind(1, id)
                      .bind(2, document_id)
                      .bind(3, static_cast<std::int64_t>(begin))
                      .bind(4, static_cast<std::int64_t>(begin_code_point))
                      .bind(5, passage.heading)
                      .bind(6, passage.text)
                      .run());
    MUAI_TRY_VOID(
        index->bind(1, id).bind(2, title).bind(3, passage.heading).bind(4, passage.text).run());
    begin += passage.text.size();
    begin_code_point += count_code_points(passage.text);
    ++id;
  }
  return {};
}

Result<void> PassageStore::erase(std::int64_t document_id) {
  MUAI_TRY(Statement * rows, statement(Sql::ReadForUnindex));
  MUAI_TRY(Statement * unindex, statement(Sql::UnindexPassage));
  std::int64_t count = 0;
  rows->bind(1, document_id);
  for (;; ++count) {
    MUAI_TRY(const bool row, rows->step());
    if (!row) break;
    MUAI_TRY_VOID(unindex->bind(1, rows->integer(0))
                      .bind(2, rows->text(1))
                      .bind(3, rows->text(2))
                      .bind(4, rows->text(3))
                      .run());
  }
  MUAI_TRY_VOID(unlist(document_id));
  for (const Sql sql : {Sql::DeleteVectors, Sql::DeletePassages, Sql::DeleteDocument}) {
    MUAI_TRY(Statement * remove, statement(sql));
    MUAI_TRY_VOID(remove->bind(1, document_id).run());
    if (sql == Sql::DeleteVectors && database_.changed_rows() > 0) {
      MUAI_TRY(const std::int64_t generation, read_counter(kVectorsCounter));
      MUAI_TRY_VOID(write_counter(kVectorsCounter, generation + 1));
    }
  }
  return add_to_passage_count(-count);
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

// Passages that are in the term lists are named as removed until the lists are made anew.
Result<void> PassageStore::unlist(std::int64_t document_id) {
  MUAI_TRY(const std::int64_t last_listed, read_counter(kLastListedCounter));
  if (last_listed == 0) return {};
  MUAI_TRY(Statement * remove, statement(Sql::RemoveListed));
  MUAI_TRY_VOID(remove->bind(1, document_id).bind(2, last_listed).run());
  if (database_.changed_rows() == 0) return {};
  MUAI_TRY(const std::int64_t generation, read_counter(kListsCounter));
  return write_counter(kListsCounter, generation + 1);
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

Result<std::optional<TermList>> PassageStore::find_list(std::string_view term) {
  MUAI_TRY(Statement * query, statement(Sql::FindList));
  MUAI_TRY(const bool row, query->bind(1, term).step());
  if (!row) return std::nullopt;
  std::optional<TermList> list(std::in_place, static_cast<std::size_t>(query->integer(0)),
                               std::string(query->text(1)));
  query->reset();
  return list;
}

Result<std::size_t> PassageStore::count_listed(std::string_view term) {
  MUAI_TRY(Statement * query, statement(Sql::CountListed));
  MUAI_TRY(const bool row, query->bind(1, term).step());
  if (!row) return 0;
  const auto passages = static_cast<std::size_t>(query->integer(0));
  query->reset();
  return passages;
}

Result<std::vector<TermCount>> PassageStore::terms_with_prefix(std::string_view prefix,
                                                               std::size_t limit) {
  MUAI_CHECK(!prefix.empty() && static_cast<unsigned char>(prefix.back()) < 0x7f);
  std::string end(prefix);
  ++end.back();
  MUAI_TRY(Statement * query, statement(Sql::TermsWithPrefix));
  query->bind(1, prefix).bind(2, std::string_view(end)).bind(3, static_cast<std::int64_t>(limit));
  std::vector<TermCount> terms;
  for (;;) {
    MUAI_TRY(const bool row, query->step());
    if (!row) return terms;
    terms.push_back({std::string(query->text(0)), static_cast<std::size_t>(query->integer(1))});
  }
}

Result<void> PassageStore::match(std::span<const std::string> terms, std::int64_t after_id,
                                 const MatchVisitor& visit) {
  MUAI_CHECK(!terms.empty());
  const MatchVisit visitor(terms, visit);
  MUAI_TRY(Statement * query, statement(Sql::Match));
  query->bind(1, visitor.expression()).bind(3, after_id);
  query->bind_pointer(2, const_cast<MatchVisit*>(&visitor), kMatchVisitPointer);
  return query->run();
}

Result<IndexSizes> PassageStore::index_sizes() {
  // FTS5 keeps the totals in the record with id 1 of its data table: the number of rows, then the
  // tokens of each column, as varints (fts5_index.c, "Averages record").
  MUAI_TRY(Statement query, database_.prepare("SELECT block FROM passage_index_data WHERE id = 1"));
  MUAI_TRY(const bool row, query.step());
  IndexSizes sizes;
  if (!row) return sizes;
  const std::string_view record = query.text(0);
  std::array<std::uint64_t, kFieldCount + 1> numbers{};
  std::size_t at = 0;
  for (std::uint64_t& number : numbers) {
    for (int byte = 0; byte < 9 && at < record.size(); ++byte) {
      const auto bits = static_cast<std::uint8_t>(record[at++]);
      if (byte == 8) {
        number = (number << 8) | bits;
        break;
      }
      number = (number << 7) | (bits & 0x7f);
      if ((bits & 0x80) == 0) break;
    }
  }
  sizes.passages = numbers[0];
  for (std::size_t field = 0; field < kFieldCount; ++field) {
    sizes.mean_length[field] =
        numbers[0] == 0 ? 0.0
                        : static_cast<double>(numbers[field + 1]) / static_cast<double>(numbers[0]);
  }
  return sizes;
}

Result<void> PassageStore::check_integrity() {
  MUAI_TRY_VOID(database_.check_integrity());
  MUAI_TRY(Statement query_only, database_.prepare("PRAGMA query_only"));
  MUAI_TRY_VOID(query_only.step());
  // FTS5 spells its own check as a write.
  if (query_only.integer(0) == 0) {
    MUAI_TRY_VOID(
        database_.execute("INSERT INTO passage_index(passage_index) VALUES ('integrity-check')"));
  }
  MUAI_TRY(Statement differences,
           database_.prepare(
               "SELECT (SELECT count(*) FROM passages WHERE id NOT IN (SELECT id FROM "
               "passage_index_docsize)) + (SELECT count(*) FROM passage_index_docsize WHERE id NOT "
               "IN (SELECT id FROM passages)) + (SELECT count(*) FROM documents d WHERE d.passages "
               "<> (SELECT count(*) FROM passages p WHERE p.id >= d.first_passage AND p.id < "
               "d.first_passage + d.passages AND p.document = d.id)) + (SELECT count(*) FROM "
               "passages WHERE document NOT IN (SELECT id FROM documents)) + ((SELECT value FROM "
               "counters WHERE name = 'passages') <> (SELECT count(*) FROM passages))"));
  MUAI_TRY_VOID(differences.step());
  if (differences.integer(0) != 0) {
    return fail(ErrorCode::Corrupt,
                "the index does not match the stored passages; remove the collection and add its "
                "files again");
  }
  return {};
}

}  // namespace muai
