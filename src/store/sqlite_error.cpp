#include "store/sqlite_error.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <string>

namespace muai {
namespace {

struct Meaning {
  ErrorCode code;
  std::string_view advice;
};

bool is_full_disk(int system_errno) { return system_errno == ENOSPC || system_errno == EDQUOT; }

Meaning meaning_of(int primary, int system_errno) {
  switch (primary) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_ERROR:  // our SQL is fixed, so a missing table means that the file is not ours
    case SQLITE_MISMATCH:
      return {ErrorCode::Corrupt, "the file is damaged or not ours; restore a copy or remove it"};
    case SQLITE_FULL: return {ErrorCode::LimitExceeded, "free some disk space and try again"};
    case SQLITE_TOOBIG:
    case SQLITE_NOMEM: return {ErrorCode::LimitExceeded, "the value is too large to be stored"};
    case SQLITE_CONSTRAINT: return {ErrorCode::AlreadyExists, "an equal entry exists already"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return {ErrorCode::Timeout, "another process is using the file; try again later"};
    case SQLITE_INTERRUPT: return {ErrorCode::Cancelled, "stopped on request"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return {ErrorCode::Io, "check that the file and its folder exist and may be written"};
    default: break;
  }
  if (is_full_disk(system_errno)) {
    return {ErrorCode::LimitExceeded, "free some disk space and try again"};
  }
  return {ErrorCode::Io, "the operating system refused"};
}

std::string_view name_of_file(sqlite3* database) {
  const char* path = sqlite3_db_filename(database, "main");
  return path == nullptr || *path == '\0' ? std::string_view("a database in memory") : path;
}

}  // namespace

std::unexpected<Error> sqlite_failure(sqlite3* database, std::string_view doing,
                                      std::source_location where) {
  const int code = sqlite3_extended_errcode(database);
  const Meaning meaning = meaning_of(code & 0xff, sqlite3_system_errno(database));
  return fail(meaning.code,
              fmt::format("cannot {} in {}: {} (SQLite {}); {}", doing, name_of_file(database),
                          sqlite3_errmsg(database), code, meaning.advice),
              where);
}

}  // namespace muai
