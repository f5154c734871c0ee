// Opening follows one order: lock, file, rules of the connection, identity of the file, schema,
// index. Everything that changes an existing file (a migration, a rebuilt index) happens in one
// transaction that looks again at what it is about to change, so that two processes may open the
// same file at once.

#include "muai/store/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "muai/core/check.h"
#include "muai/text/tokens.h"
#include "store/sqlite_error.h"
#include "store/write_lock.h"

namespace muai {
namespace {

constexpr int kProgressSteps = 1000;  // virtual machine steps between two looks at the stop token

int stop_requested(void* stop) {
  return static_cast<std::stop_token*>(stop)->stop_requested() ? 1 : 0;
}

Result<void> create_private_folder(const std::filesystem::path& folder) {
  if (folder.empty() || std::filesystem::exists(folder)) return {};
  MUAI_TRY_VOID(create_private_folder(folder.parent_path()));
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail(ErrorCode::Io,
                fmt::format("cannot create {}: {}", folder.string(), std::strerror(errno)));
  }
  return {};
}

// SQLite gives its side files the mode of the file itself, so it must exist with ours first.
Result<void> create_private_file(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    return fail(ErrorCode::Io,
                fmt::format("cannot open {}: {}", path.string(), std::strerror(errno)));
  }
  ::close(file);
  return {};
}

struct FileVersions {
  bool is_new = false;
  std::string schema;
  std::int64_t version = 0;
  std::int64_t tokenizer = 0;
};

Result<FileVersions> versions_of(Database& database) {
  FileVersions found;
  MUAI_TRY(Statement tables, database.prepare("SELECT count(*), sum(name = 'muai_file') "
                                              "FROM sqlite_master WHERE type = 'table'"));
  MUAI_TRY_VOID(tables.step());
  found.is_new = tables.integer(0) == 0;
  if (found.is_new) return found;
  if (tables.integer(1) != 1) {
    return fail(ErrorCode::Corrupt, "this SQLite file was not written by MuAI; name another one");
  }
  MUAI_TRY(Statement row, database.prepare("SELECT schema, version, tokenizer FROM muai_file"));
  MUAI_TRY(const bool present, row.step());
  if (!present) return fail(ErrorCode::Corrupt, "the file lost its schema version");
  found.schema = row.text(0);
  found.version = row.integer(1);
  found.tokenizer = row.integer(2);
  return found;
}

std::int64_t newest(const Schema& schema) {
  return static_cast<std::int64_t>(schema.migrations.size());
}

bool needs_new_index(const FileVersions& found, const Schema& schema) {
  return schema.rebuild_index != nullptr && found.tokenizer != kTokenizerVersion;
}

bool is_current(const FileVersions& found, const Schema& schema) {
  return !found.is_new && found.version == newest(schema) && !needs_new_index(found, schema);
}

Result<void> check_readable(const FileVersions& found, const Schema& schema,
                            const std::string& path) {
  if (found.is_new) return {};
  if (found.schema != schema.name) {
    return fail(ErrorCode::InvalidConfig, fmt::format("{} holds '{}', not '{}'; name another file",
                                                      path, found.schema, schema.name));
  }
  if (found.version > newest(schema)) {
    return fail(ErrorCode::InvalidConfig,
                fmt::format("{} has version {} of '{}', this program knows up to {}; install the "
                            "newer MuAI or name another data folder",
                            path, found.version, schema.name, newest(schema)));
  }
  if (found.version < 1) return fail(ErrorCode::Corrupt, path + " has no valid schema version");
  return {};
}

// A consistent copy beside the file, complete before anything is changed. A copy of an earlier
// attempt is kept: it is the older truth.
Result<void> copy_before_migration(Database& database, const std::string& path,
                                   std::int64_t version) {
  const std::string copy = fmt::format("{}.v{}.bak", path, version);
  if (std::filesystem::exists(copy)) return {};
  const std::string unfinished = copy + ".tmp";
  std::error_code ignored;
  std::filesystem::remove(unfinished, ignored);
  MUAI_TRY_VOID(create_private_file(unfinished));
  MUAI_TRY(Statement vacuum, database.prepare("VACUUM INTO ?1"));
  MUAI_TRY_VOID(vacuum.bind(1, std::string_view(unfinished)).run());
  std::error_code failed;
  std::filesystem::rename(unfinished, copy, failed);
  if (failed)
    return fail(ErrorCode::Io, fmt::format("cannot write {}: {}", copy, failed.message()));
  return {};
}

Result<void> write_versions(Database& database, const Schema& schema) {
  MUAI_TRY_VOID(database.execute("DELETE FROM muai_file"));
  MUAI_TRY(Statement row, database.prepare("INSERT INTO muai_file VALUES (?1, ?2, ?3)"));
  return row.bind(1, schema.name)
      .bind(2, newest(schema))
      .bind(3, std::int64_t{kTokenizerVersion})
      .run();
}

// Brings the file to the newest schema and the current tokenizer, or leaves it as it was.
Result<void> upgrade(Database& database, const Schema& schema, const std::string& path) {
  MUAI_TRY(const FileVersions before, versions_of(database));
  if (!before.is_new && before.version < newest(schema) && !path.empty()) {
    MUAI_TRY_VOID(copy_before_migration(database, path, before.version));
  }
  MUAI_TRY(Transaction transaction, Transaction::begin(database));
  MUAI_TRY(const FileVersions found, versions_of(database));
  MUAI_TRY_VOID(check_readable(found, schema, path));
  if (is_current(found, schema)) return {};
  if (found.is_new) {
    MUAI_TRY_VOID(
        database.execute("CREATE TABLE muai_file (schema TEXT NOT NULL, version INTEGER "
                         "NOT NULL, tokenizer INTEGER NOT NULL)"));
  }
  for (auto step = static_cast<std::size_t>(found.version); step < schema.migrations.size();
       ++step) {
    MUAI_TRY_VOID(database.execute(std::string(schema.migrations[step])));
  }
  if (!found.is_new && needs_new_index(found, schema)) {
    MUAI_TRY_VOID(schema.rebuild_index(database));
  }
  MUAI_TRY_VOID(write_versions(database, schema));
  return transaction.commit();
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), bind_failed_(other.bind_failed_) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(bind_failed_, other.bind_failed_);
  return *this;
}

Statement::~Statement() { sqlite3_finalize(handle_); }

Statement& Statement::bound(int code) {
  MUAI_CHECK(code != SQLITE_RANGE && code != SQLITE_MISUSE);
  if (code != SQLITE_OK) bind_failed_ = true;  // too large, or no memory: told by step()
  return *this;
}

Statement& Statement::bind(int parameter, std::int64_t value) {
  return bound(sqlite3_bind_int64(handle_, parameter, value));
}

Statement& Statement::bind(int parameter, double value) {
  return bound(sqlite3_bind_double(handle_, parameter, value));
}

Statement& Statement::bind(int parameter, std::string_view text) {
  const char* bytes = text.data() == nullptr ? "" : text.data();
  return bound(
      sqlite3_bind_text64(handle_, parameter, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

Statement& Statement::bind_blob(int parameter, std::string_view bytes) {
  const char* begin = bytes.data() == nullptr ? "" : bytes.data();
  return bound(sqlite3_bind_blob64(handle_, parameter, begin, bytes.size(), SQLITE_STATIC));
}

Statement& Statement::bind_null(int parameter) {
  return bound(sqlite3_bind_null(handle_, parameter));
}

Result<bool> Statement::step() {
  if (std::exchange(bind_failed_, false)) {
    return fail(ErrorCode::LimitExceeded, "a value is too large to be stored");
  }
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(handle_);
    return false;
  }
  auto failure = sqlite_failure(sqlite3_db_handle(handle_), "read or write");
  sqlite3_reset(handle_);
  return failure;
}

Result<void> Statement::run() {
  for (;;) {
    MUAI_TRY(const bool row, step());
    if (!row) return {};
  }
}

void Statement::reset() {
  bind_failed_ = false;
  sqlite3_reset(handle_);
}

std::int64_t Statement::integer(int column) const {
  MUAI_CHECK(column < sqlite3_data_count(handle_));
  return sqlite3_column_int64(handle_, column);
}

double Statement::real(int column) const {
  MUAI_CHECK(column < sqlite3_data_count(handle_));
  return sqlite3_column_double(handle_, column);
}

std::string_view Statement::text(int column) const {
  MUAI_CHECK(column < sqlite3_data_count(handle_));
  const void* bytes = sqlite3_column_blob(handle_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

bool Statement::is_null(int column) const {
  MUAI_CHECK(column < sqlite3_data_count(handle_));
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

struct Database::State {
  WriteLock lock;  // first: released after the file is closed
  sqlite3* handle = nullptr;
  std::stop_token stop;

  ~State() { sqlite3_close_v2(handle); }  // v2: waits for statements still alive
};

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::connect(const std::string& path, int flags,
                                   std::chrono::milliseconds busy_timeout) {
  auto state = std::make_unique<State>();
  const int code =
      sqlite3_open_v2(path.c_str(), &state->handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  if (state->handle == nullptr) return fail(ErrorCode::LimitExceeded, "no memory for a database");
  if (code != SQLITE_OK) return sqlite_failure(state->handle, "open a table");
  sqlite3_extended_result_codes(state->handle, 1);
  sqlite3_busy_timeout(state->handle, static_cast<int>(busy_timeout.count()));
  sqlite3_db_config(state->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  return Database(std::move(state));
}

Result<Database> Database::open(const std::filesystem::path& path, const Schema& schema,
                                DatabaseOptions options) {
  const bool reads = options.access == DatabaseAccess::Reader;
  if (reads && !std::filesystem::exists(path)) {
    return fail(ErrorCode::NotFound, path.string() + " does not exist");
  }
  WriteLock lock;
  if (!reads) {
    MUAI_TRY_VOID(create_private_folder(path.parent_path()));
    if (options.access == DatabaseAccess::ExclusiveWriter) {
      MUAI_TRY(lock, WriteLock::acquire(path));
    }
    MUAI_TRY_VOID(create_private_file(path));
  }
  MUAI_TRY(Database database, connect(path.string(), SQLITE_OPEN_READWRITE, options.busy_timeout));
  database.state_->lock = std::move(lock);
  MUAI_TRY_VOID(database.execute(reads
                                     ? "PRAGMA foreign_keys = ON; PRAGMA mmap_size = 268435456"
                                     : "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; "
                                       "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; "
                                       "PRAGMA mmap_size = 268435456; PRAGMA cache_size = -32768"));
  MUAI_TRY(const FileVersions found, versions_of(database));
  MUAI_TRY_VOID(check_readable(found, schema, path.string()));
  if (!is_current(found, schema)) {
    WriteLock while_upgrading;
    if (reads) {
      MUAI_TRY(while_upgrading, WriteLock::acquire(path));
    }
    MUAI_TRY_VOID(upgrade(database, schema, path.string()));
  }
  if (reads) MUAI_TRY_VOID(database.execute("PRAGMA query_only = ON"));
  return database;
}

Result<Database> Database::open_in_memory(const Schema& schema) {
  MUAI_TRY(Database database,
           connect(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY,
                   std::chrono::milliseconds(0)));
  MUAI_TRY_VOID(database.execute("PRAGMA foreign_keys = ON"));
  MUAI_TRY_VOID(upgrade(database, schema, ""));
  return database;
}

Result<void> Database::execute(const std::string& sql) {
  if (sqlite3_exec(state_->handle, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return sqlite_failure(state_->handle, "read or write");
  }
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(state_->handle, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
    return sqlite_failure(state_->handle, "prepare a query");
  }
  return Statement(statement);
}

std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(state_->handle); }

std::int64_t Database::changed_rows() const { return sqlite3_changes64(state_->handle); }

void Database::interrupt_on(std::stop_token stop) {
  state_->stop = std::move(stop);
  const bool possible = state_->stop.stop_possible();
  sqlite3_progress_handler(state_->handle, possible ? kProgressSteps : 0,
                           possible ? stop_requested : nullptr, &state_->stop);
}

Result<void> Database::check_integrity() {
  MUAI_TRY(Statement check, prepare("PRAGMA integrity_check(1)"));
  MUAI_TRY(const bool row, check.step());
  if (!row || check.text(0) != "ok") {
    return fail(ErrorCode::Corrupt,
                fmt::format("the database is damaged: {}", row ? check.text(0) : "no answer"));
  }
  return {};
}

sqlite3* Database::handle() const { return state_->handle; }

std::string_view sqlite_version() { return sqlite3_libversion(); }

Result<void> remove_database(const std::filesystem::path& path) {
  MUAI_TRY(const WriteLock lock, WriteLock::acquire(path));
  for (const std::string_view ending : {"-wal", "-shm", "", ".lock"}) {
    std::error_code failed;
    std::filesystem::remove(path.string() + std::string(ending), failed);
    if (failed) {
      return fail(ErrorCode::Io,
                  fmt::format("cannot remove {}{}: {}", path.string(), ending, failed.message()));
    }
  }
  return {};
}

Result<Transaction> Transaction::begin(Database& database) {
  MUAI_TRY_VOID(database.execute("BEGIN IMMEDIATE"));
  return Transaction(&database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // Some failures (a full disk) have rolled back already; a second ROLLBACK only reports that.
  if (database_ != nullptr) static_cast<void>(database_->execute("ROLLBACK"));
}

Result<void> Transaction::commit() {
  MUAI_TRY_VOID(database_->execute("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace muai
