#include "muai/store/text_store.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "muai/core/sha256.h"

namespace muai {
namespace {

// `number` grows with every put: eviction goes by it and not by time, which may jump.
constexpr std::string_view kFirstSchema = R"(
CREATE TABLE texts (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  sha256 TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL,
  title TEXT NOT NULL,
  retrieved_at REAL NOT NULL,
  bytes INTEGER NOT NULL,
  text TEXT NOT NULL);
CREATE TABLE totals (bytes INTEGER NOT NULL);
INSERT INTO totals VALUES (0);
CREATE TRIGGER texts_added AFTER INSERT ON texts BEGIN
  UPDATE totals SET bytes = bytes + new.bytes;
END;
CREATE TRIGGER texts_removed AFTER DELETE ON texts BEGIN
  UPDATE totals SET bytes = bytes - old.bytes;
END;
)";

constexpr std::array<std::string_view, 1> kMigrations{kFirstSchema};
constexpr Schema kSchema{"texts", kMigrations, nullptr};

Result<std::int64_t> total_bytes(Database& database) {
  MUAI_TRY(Statement total, database.prepare("SELECT bytes FROM totals"));
  MUAI_TRY_VOID(total.step());
  return total.integer(0);
}

Result<void> evict(Database& database, std::int64_t bytes_max) {
  MUAI_TRY(Statement drop,
           database.prepare("DELETE FROM texts WHERE number = (SELECT min(number) FROM texts)"));
  for (;;) {
    MUAI_TRY(const std::int64_t bytes, total_bytes(database));
    if (bytes <= bytes_max) return {};
    MUAI_TRY_VOID(drop.run());
  }
}

}  // namespace

TextStore::TextStore(Database database, std::int64_t bytes_max)
    : database_(std::move(database)), bytes_max_(bytes_max) {}

Result<TextStore> TextStore::open(const std::filesystem::path& data_dir, std::int64_t bytes_max) {
  MUAI_TRY(Database database, Database::open(data_dir / "texts.db", kSchema,
                                             {.access = DatabaseAccess::SharedWriter}));
  return TextStore(std::move(database), bytes_max);
}

Result<std::string> TextStore::put(std::string_view text, std::string url, std::string title,
                                   double retrieved_at) {
  const auto bytes = static_cast<std::int64_t>(text.size());
  if (bytes > bytes_max_) {
    return fail(ErrorCode::LimitExceeded,
                fmt::format("a text of {} bytes is larger than the store may be ({} bytes)", bytes,
                            bytes_max_));
  }
  std::string hash = sha256_hex(text);
  MUAI_TRY(Transaction transaction, Transaction::begin(database_));
  MUAI_TRY(Statement insert,
           database_.prepare("INSERT INTO texts(sha256, url, title, retrieved_at, bytes, text) "
                             "VALUES (?1, ?2, ?3, ?4, ?5, ?6)"));
  MUAI_TRY(Statement forget, database_.prepare("DELETE FROM texts WHERE sha256 = ?1"));
  MUAI_TRY_VOID(forget.bind(1, hash).run());
  MUAI_TRY_VOID(insert.bind(1, hash)
                    .bind(2, url)
                    .bind(3, title)
                    .bind(4, retrieved_at)
                    .bind(5, bytes)
                    .bind(6, text)
                    .run());
  MUAI_TRY_VOID(evict(database_, bytes_max_));
  MUAI_TRY_VOID(transaction.commit());
  return hash;
}

Result<std::optional<StoredText>> TextStore::find(std::string_view sha256) {
  MUAI_TRY(Statement query, database_.prepare("SELECT sha256, url, title, retrieved_at, text FROM "
                                              "texts WHERE sha256 = ?1"));
  MUAI_TRY(const bool row, query.bind(1, sha256).step());
  if (!row) return std::nullopt;
  StoredText found{std::string(query.text(0)), std::string(query.text(1)),
                   std::string(query.text(2)), query.real(3), std::string(query.text(4))};
  if (sha256_hex(found.text) != found.sha256) {
    return fail(ErrorCode::Corrupt,
                fmt::format("the stored text {} was altered; read {} again", sha256, found.url));
  }
  return found;
}

Result<bool> TextStore::remove(std::string_view sha256) {
  MUAI_TRY(Statement forget, database_.prepare("DELETE FROM texts WHERE sha256 = ?1"));
  MUAI_TRY_VOID(forget.bind(1, sha256).run());
  return database_.changed_rows() > 0;
}

Result<std::int64_t> TextStore::stored_bytes() { return total_bytes(database_); }

}  // namespace muai
