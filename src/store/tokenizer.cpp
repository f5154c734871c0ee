#include "store/tokenizer.h"

#include <sqlite3.h>

#include <algorithm>
#include <string_view>

#include "muai/text/tokens.h"
#include "store/sqlite_error.h"

namespace muai {
namespace {

using TokenSink = int (*)(void* context, int flags, const char* term, int size, int begin, int end);

// FTS5 wants one object for each table; ours has no state.
int create_tokenizer(void*, const char**, int, Fts5Tokenizer** out) {
  static char stateless;
  *out = reinterpret_cast<Fts5Tokenizer*>(&stateless);
  return SQLITE_OK;
}

void delete_tokenizer(Fts5Tokenizer*) {}

int emit_terms_as_they_are(std::string_view terms, void* context, TokenSink sink) {
  std::size_t begin = 0;
  while (begin < terms.size()) {
    const std::size_t end = std::min(terms.find(' ', begin), terms.size());
    if (end > begin) {
      const int code = sink(context, 0, terms.data() + begin, static_cast<int>(end - begin),
                            static_cast<int>(begin), static_cast<int>(end));
      if (code != SQLITE_OK) return code;
    }
    begin = end + 1;
  }
  return SQLITE_OK;
}

int tokenize(Fts5Tokenizer*, void* context, int flags, const char* bytes, int size,
             TokenSink sink) {
  if (bytes == nullptr || size <= 0) return SQLITE_OK;
  const std::string_view text(bytes, static_cast<std::size_t>(size));
  if ((flags & FTS5_TOKENIZE_QUERY) != 0) return emit_terms_as_they_are(text, context, sink);
  int code = SQLITE_OK;
  for_each_token(
      text,
      [&](const Token& token) {
        code = sink(context, token.same_position ? FTS5_TOKEN_COLOCATED : 0, token.term.data(),
                    static_cast<int>(token.term.size()), static_cast<int>(token.span.begin),
                    static_cast<int>(token.span.end));
        return code == SQLITE_OK;
      },
      TokenOptions{.cjk_unigrams = CjkUnigrams::All, .stop_words = StopWords::Keep});
  return code;
}

}  // namespace

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
    return fail(ErrorCode::Io, "this SQLite was built without FTS5; install Debian's libsqlite3-0");
  }
  return api;
}

Result<void> register_tokenizer(sqlite3* database) {
  MUAI_TRY(fts5_api * api, fts5_of(database));
  fts5_tokenizer tokenizer{create_tokenizer, delete_tokenizer, tokenize};
  if (api->xCreateTokenizer(api, "muai", nullptr, &tokenizer, nullptr) != SQLITE_OK) {
    return sqlite_failure(database, "register the tokenizer");
  }
  return {};
}

}  // namespace muai
