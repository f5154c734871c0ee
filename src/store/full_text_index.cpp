#include "store/full_text_index.h"

#include <sqlite3.h>

#include "store/sqlite_error.h"

namespace muai {
namespace {

int create_tokenizer(void*, const char**, int, Fts5Tokenizer** out) {
  static char stateless;
  *out = reinterpret_cast<Fts5Tokenizer*>(&stateless);
  return SQLITE_OK;
}

void delete_tokenizer(Fts5Tokenizer*) {}

int tokenize(Fts5Tokenizer*, void*, int, const char*, int,
             int (*)(void*, int, const char*, int, int, int)) {
  return SQLITE_OK;
}

Result<fts5_api*> fts5_of(sqlite3* database) {
  fts5_api* api = nullptr;
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(database, "SELECT fts5(?1)", -1, &statement, nullptr);
  if (code == SQLITE_OK) {
    sqlite3_bind_pointer(statement, 1, static_cast<void*>(&api), "fts5_api_ptr", nullptr);
    code = sqlite3_step(statement);
  }
  sqlite3_finalize(statement);
  if (code != SQLITE_ROW || api == nullptr || api->iVersion < 2) {
    return fail(ErrorCode::Io,
                "this SQLite was built without FTS5, which an older collection needs to be brought "
                "up to date; install Debian's libsqlite3-0, or add the files again");
  }
  return api;
}

}  // namespace

Result<void> register_tokenizer_name(Database& database) {
  MUAI_TRY(fts5_api * api, fts5_of(database.handle()));
  fts5_tokenizer tokenizer{create_tokenizer, delete_tokenizer, tokenize};
  if (api->xCreateTokenizer(api, "muai", nullptr, &tokenizer, nullptr) != SQLITE_OK) {
    return sqlite_failure(database.handle(), "register the tokenizer");
  }
  return {};
}

Result<void> drop_full_text_index(Database& database) {
  MUAI_TRY(Statement tables,
           database.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'passage_index'"));
  MUAI_TRY_VOID(tables.step());
  const bool is_there = tables.integer(0) > 0;
  tables.reset();
  if (!is_there) return {};
  MUAI_TRY_VOID(register_tokenizer_name(database));
  return database.execute("DROP TABLE IF EXISTS passage_terms; DROP TABLE passage_index");
}

}  // namespace muai
