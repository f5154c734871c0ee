#include "muai/store/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <stop_token>
#include <string>

#include "tests/support/temporary_folder.h"

namespace muai {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryFolder;

constexpr std::string_view kFirst = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE)";
constexpr std::string_view kSecond =
    "ALTER TABLE notes ADD COLUMN author TEXT NOT NULL DEFAULT 'x'";
constexpr std::string_view kBroken = "INSERT INTO notes(text) VALUES ('half'); CREATE GARBAGE";
constexpr std::array kOne{kFirst};
constexpr std::array kTwo{kFirst, kSecond};
constexpr std::array kWithBroken{kFirst, kBroken};
constexpr Schema kNotes{"notes", kOne};
constexpr Schema kNotesTwo{"notes", kTwo};
constexpr Schema kNotesBroken{"notes", kWithBroken};
constexpr Schema kOther{"other", kOne};

unsigned mode_of(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777u : 0;
}

std::int64_t count_notes(Database& database) {
  Statement count = database.prepare("SELECT count(*) FROM notes").value();
  EXPECT_TRUE(count.step().value());
  return count.integer(0);
}

TEST(Database, KeepsWhatWasCommitted) {
  const TemporaryFolder folder;
  {
    Database database = Database::open(folder / "a.db", kNotes).value();
    Statement insert = database.prepare("INSERT INTO notes(text) VALUES (?1)").value();
    ASSERT_TRUE(insert.bind(1, "早上好").run());
  }
  Database database = Database::open(folder / "a.db", kNotes).value();
  Statement read = database.prepare("SELECT text FROM notes").value();
  ASSERT_TRUE(read.step().value());
  EXPECT_EQ(read.text(0), "早上好");
}

TEST(Database, FilesAndFoldersArePrivate) {
  const TemporaryFolder folder;
  const mode_t before = ::umask(0);
  const Database database = Database::open(folder / "new/deep/a.db", kNotes).value();
  ::umask(before);
  EXPECT_EQ(mode_of(folder / "new"), 0700u);
  EXPECT_EQ(mode_of(folder / "new/deep"), 0700u);
  for (const char* name : {"a.db", "a.db-wal", "a.db-shm", "a.db.lock"}) {
    EXPECT_EQ(mode_of(folder / ("new/deep/" + std::string(name))), 0600u) << name;
  }
}

TEST(Database, ASecondWriterIsRefusedNamingTheFirst) {
  const TemporaryFolder folder;
  const Database first = Database::open(folder / "a.db", kNotes).value();
  const auto second = Database::open(folder / "a.db", kNotes);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::Refused);
  EXPECT_THAT(second.error().message(), HasSubstr("process " + std::to_string(::getpid())));
}

TEST(Database, TheLockEndsWithTheWriter) {
  const TemporaryFolder folder;
  {
    const Database first = Database::open(folder / "a.db", kNotes).value();
  }
  EXPECT_TRUE(Database::open(folder / "a.db", kNotes));
}

TEST(Database, ReadersReadWhileAWriterWrites) {
  const TemporaryFolder folder;
  Database writer = Database::open(folder / "a.db", kNotes).value();
  ASSERT_TRUE(writer.execute("INSERT INTO notes(text) VALUES ('one')"));
  Database reader =
      Database::open(folder / "a.db", kNotes, {.access = DatabaseAccess::Reader}).value();
  Transaction transaction = Transaction::begin(writer).value();
  ASSERT_TRUE(writer.execute("INSERT INTO notes(text) VALUES ('two')"));
  EXPECT_EQ(count_notes(reader), 1);
  ASSERT_TRUE(transaction.commit());
  EXPECT_EQ(count_notes(reader), 2);
}

TEST(Database, AReaderCannotWrite) {
  const TemporaryFolder folder;
  {
    const Database writer = Database::open(folder / "a.db", kNotes).value();
  }
  Database reader =
      Database::open(folder / "a.db", kNotes, {.access = DatabaseAccess::Reader}).value();
  EXPECT_EQ(reader.execute("INSERT INTO notes(text) VALUES ('x')").error().code(), ErrorCode::Io);
}

TEST(Database, AReaderNeedsAFile) {
  const TemporaryFolder folder;
  const auto missing = Database::open(folder / "a.db", kNotes, {.access = DatabaseAccess::Reader});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::NotFound);
}

TEST(Database, SharedWritersTakeTurns) {
  const TemporaryFolder folder;
  const DatabaseOptions shared{.access = DatabaseAccess::SharedWriter,
                               .busy_timeout = std::chrono::milliseconds(1)};
  Database first = Database::open(folder / "a.db", kNotes, shared).value();
  Database second = Database::open(folder / "a.db", kNotes, shared).value();
  {
    const Transaction transaction = Transaction::begin(first).value();
    const auto busy = Transaction::begin(second);
    ASSERT_FALSE(busy);
    EXPECT_EQ(busy.error().code(), ErrorCode::Timeout);
  }
  EXPECT_TRUE(Transaction::begin(second));
}

TEST(Database, AnUncommittedTransactionIsRolledBack) {
  Database database = Database::open_in_memory(kNotes).value();
  {
    const Transaction transaction = Transaction::begin(database).value();
    ASSERT_TRUE(database.execute("INSERT INTO notes(text) VALUES ('x')"));
  }
  EXPECT_EQ(count_notes(database), 0);
}

TEST(Database, AnOlderFileIsCopiedAndMigrated) {
  const TemporaryFolder folder;
  {
    Database old = Database::open(folder / "a.db", kNotes).value();
    ASSERT_TRUE(old.execute("INSERT INTO notes(text) VALUES ('kept')"));
  }
  {
    Database migrated = Database::open(folder / "a.db", kNotesTwo).value();
    Statement read = migrated.prepare("SELECT text, author FROM notes").value();
    ASSERT_TRUE(read.step().value());
    EXPECT_EQ(read.text(0), "kept");
    EXPECT_EQ(read.text(1), "x");
  }
  EXPECT_EQ(mode_of(folder / "a.db.v1.bak"), 0600u);
  Database copy = Database::open(folder / "a.db.v1.bak", kNotes).value();
  EXPECT_EQ(count_notes(copy), 1);
}

TEST(Database, AFailedMigrationChangesNothing) {
  const TemporaryFolder folder;
  {
    const Database old = Database::open(folder / "a.db", kNotes).value();
  }
  EXPECT_FALSE(Database::open(folder / "a.db", kNotesBroken));
  Database database = Database::open(folder / "a.db", kNotes).value();
  EXPECT_EQ(count_notes(database), 0);
}

TEST(Database, ANewerFileIsRefusedNamingBothVersions) {
  const TemporaryFolder folder;
  {
    const Database newer = Database::open(folder / "a.db", kNotesTwo).value();
  }
  const auto refused = Database::open(folder / "a.db", kNotes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::InvalidConfig);
  EXPECT_THAT(refused.error().message(), HasSubstr("version 2"));
  EXPECT_THAT(refused.error().message(), HasSubstr("up to 1"));
}

TEST(Database, AFileOfAnotherKindIsRefused) {
  const TemporaryFolder folder;
  {
    const Database other = Database::open(folder / "a.db", kOther).value();
  }
  const auto refused = Database::open(folder / "a.db", kNotes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::InvalidConfig);
}

TEST(Database, AForeignSqliteFileIsRefusedAndLeftAlone) {
  const TemporaryFolder folder;
  sqlite3* foreign = nullptr;
  ASSERT_EQ(sqlite3_open((folder / "a.db").c_str(), &foreign), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(foreign, "CREATE TABLE mine (x)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(foreign);
  const auto refused = Database::open(folder / "a.db", kNotes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Corrupt);
}

TEST(Database, GarbageIsCorrupt) {
  const TemporaryFolder folder;
  std::ofstream(folder / "a.db") << std::string(8192, 'g');
  const auto refused = Database::open(folder / "a.db", kNotes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Corrupt);
}

TEST(Database, DamagedPagesAreFound) {
  const TemporaryFolder folder;
  {
    Database database = Database::open(folder / "a.db", kNotes).value();
    ASSERT_TRUE(database.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
        "INSERT INTO notes(text) SELECT 'note number ' || i FROM n"));
    ASSERT_TRUE(database.check_integrity());
  }
  std::fstream file(folder / "a.db", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(3 * 4096);
  file << std::string(2 * 4096, '\xa5');
  file.close();
  auto database = Database::open(folder / "a.db", kNotes);
  const auto checked =
      database ? database->check_integrity() : Result<void>(pass(std::move(database)));
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code(), ErrorCode::Corrupt);
}

TEST(Database, AFullDiskIsALimit) {
  Database database = Database::open_in_memory(kNotes).value();
  ASSERT_TRUE(database.execute("PRAGMA max_page_count = 10"));
  Statement insert = database.prepare("INSERT INTO notes(text) VALUES (?1)").value();
  const std::string large(100'000, 'x');
  const auto full = insert.bind(1, large).run();
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code(), ErrorCode::LimitExceeded);
  EXPECT_THAT(full.error().message(), HasSubstr("disk space"));
}

TEST(Database, ABrokenConstraintSaysSo) {
  Database database = Database::open_in_memory(kNotes).value();
  ASSERT_TRUE(database.execute("INSERT INTO notes(text) VALUES ('x')"));
  EXPECT_EQ(database.execute("INSERT INTO notes(text) VALUES ('x')").error().code(),
            ErrorCode::AlreadyExists);
}

TEST(Database, AStopEndsALongQuery) {
  Database database = Database::open_in_memory(kNotes).value();
  std::stop_source stop;
  database.interrupt_on(stop.get_token());
  stop.request_stop();
  const auto stopped = database.execute(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n");
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code(), ErrorCode::Cancelled);
  database.interrupt_on({});
  EXPECT_TRUE(database.execute("SELECT 1"));
}

TEST(Database, BytesOfAnyKindComeBackAsTheyWere) {
  Database database = Database::open_in_memory(kNotes).value();
  const std::string bytes("a\0b\xff", 4);
  Statement insert = database.prepare("INSERT INTO notes(text) VALUES (?1)").value();
  ASSERT_TRUE(insert.bind_blob(1, bytes).run());
  Statement read = database.prepare("SELECT text, NULL, 2.5, -7 FROM notes").value();
  ASSERT_TRUE(read.step().value());
  EXPECT_EQ(read.text(0), bytes);
  EXPECT_TRUE(read.is_null(1));
  EXPECT_EQ(read.real(2), 2.5);
  EXPECT_EQ(read.integer(3), -7);
}

TEST(Database, RemovingTakesTheSideFilesToo) {
  const TemporaryFolder folder;
  {
    const Database database = Database::open(folder / "a.db", kNotes).value();
  }
  ASSERT_TRUE(remove_database(folder / "a.db"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Database, RemovingWaitsForNoWriter) {
  const TemporaryFolder folder;
  const Database database = Database::open(folder / "a.db", kNotes).value();
  EXPECT_EQ(remove_database(folder / "a.db").error().code(), ErrorCode::Refused);
  EXPECT_TRUE(std::filesystem::exists(folder / "a.db"));
}

}  // namespace
}  // namespace muai
