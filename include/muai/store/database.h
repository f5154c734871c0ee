#pragma once

// Database: the one way MuAI opens an SQLite file.
//
// `open` gives every file the same ground rules: write-ahead log, foreign keys, pages of 16 KiB,
// mode 0600 in a 0700 folder, one writer at a time, and a schema version that is migrated when
// older and refused when newer. A commit survives the death of the process at any instruction; a
// power cut may lose the last commits, never damage the file.
//
// A Database and its Statements belong to one thread at a time (they may move between threads).
// Opening and every call may touch the disk: call them on a pool thread. Failures are typed:
//   Corrupt        the file is not a database, or its pages are damaged
//   LimitExceeded  the disk is full, or a value is too large
//   AlreadyExists  a UNIQUE or other constraint of the schema was broken
//   Refused        another writer holds the file; the message names its process
//   Timeout        a lock was held for longer than `busy_timeout`
//   Cancelled      the stop token of `interrupt_on` fired
//   InvalidConfig  the file was written by a newer MuAI
//   Io             everything else the operating system refused

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "muai/core/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace muai {

class Database;

// What a file holds. Views must outlive every Database opened with it: schemas are constants.
struct Schema {
  // Written into the file; a file of another name is refused. "collection", "texts".
  std::string_view name;
  // migrations[i] is SQL that takes version i to version i + 1; the size is the newest version.
  // A new file runs them all. Never edit one that was released: append.
  std::span<const std::string_view> migrations;
  // Makes the index again from stored text, inside the transaction of the caller. Called
  // when the file was indexed by another version of the tokenizer. Null when there is no index.
  Result<void> (*rebuild_index)(Database& database) = nullptr;
};

enum class DatabaseAccess {
  // One process at a time, guarded by a lock file beside the database. Creates the file.
  ExclusiveWriter,
  // Writers take turns by SQLite's own locks; keep transactions short. Creates the file.
  SharedWriter,
  // The file must exist. A reader sees the last commit and never blocks a writer.
  Reader,
};

struct DatabaseOptions {
  DatabaseAccess access = DatabaseAccess::ExclusiveWriter;
  std::chrono::milliseconds busy_timeout{5000};
};

// A prepared statement. Parameters are numbered from 1, columns from 0, as in SQLite. Binding or
// reading out of range is a bug of the caller and aborts. Must not outlive its Database.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  // The bytes behind `text` must stay until the statement is stepped to its end or reset.
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, double value);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind_blob(int parameter, std::string_view bytes);
  Statement& bind_null(int parameter);

  // True: a row is there to read. False: done; the statement is reset and may run again.
  Result<bool> step();
  // Runs a statement whose rows, if any, are of no interest, and resets it.
  Result<void> run();
  void reset();

  std::int64_t integer(int column) const;
  double real(int column) const;
  // Text or blob bytes of the current row; valid until the next step, reset or run.
  std::string_view text(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}
  Statement& bound(int code);

  sqlite3_stmt* handle_ = nullptr;
  bool bind_failed_ = false;  // a value was too large; reported by the next step
};

class Database {
 public:
  static Result<Database> open(const std::filesystem::path& path, const Schema& schema,
                               DatabaseOptions options = {});
  // A private database that is gone with the object.
  static Result<Database> open_in_memory(const Schema& schema);

  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  // Runs one or more statements without parameters.
  Result<void> execute(const std::string& sql);
  Result<Statement> prepare(std::string_view sql);

  std::int64_t last_insert_id() const;
  // Rows touched by the last INSERT, UPDATE or DELETE.
  std::int64_t changed_rows() const;

  // From now on a running statement ends with Cancelled soon after `stop` is requested.
  void interrupt_on(std::stop_token stop);

  // Reads every page; Corrupt with SQLite's first finding when something is wrong.
  Result<void> check_integrity();

  // For the sources of this layer that speak to SQLite itself.
  sqlite3* handle() const;

 private:
  struct State;
  explicit Database(std::unique_ptr<State> state);
  static Result<Database> connect(const std::string& path, int flags,
                                  std::chrono::milliseconds busy_timeout);
  std::unique_ptr<State> state_;
};

// Of the SQLite that runs, "3.40.1".
std::string_view sqlite_version();

// Removes a database with its side files; Refused while a writer holds it.
Result<void> remove_database(const std::filesystem::path& path);

// BEGIN IMMEDIATE ... COMMIT. Rolled back by the destructor unless `commit` succeeded. Not nested.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  Result<void> commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_ = nullptr;  // null once committed or moved from
};

}  // namespace muai
