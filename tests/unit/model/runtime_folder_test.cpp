#include "muai/model/runtime_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "model/file_notes.h"
#include "tests/support/temporary_folder.h"

namespace muai {
namespace {

namespace fs = std::filesystem;

TEST(RuntimeFolder, IsForItsOwnerOnlyAndGoesWithEverythingInIt) {
  const testing::TemporaryFolder folder;
  std::string path;
  {
    const Result<RuntimeFolder> made = RuntimeFolder::create(folder / "run");
    ASSERT_TRUE(made) << made.error().to_string();
    path = made->path();
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
    EXPECT_EQ(fs::status(folder / "run").permissions(), fs::perms::owner_all);
    std::ofstream(path + "/1.sock") << "";
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(RuntimeFolder, TheNextStartRemovesWhatEndedProcessesLeft) {
  const testing::TemporaryFolder folder;
  Result<RuntimeFolder> alive = RuntimeFolder::create(folder / "run");
  ASSERT_TRUE(alive);
  // What a process that was killed leaves: nobody holds the lock.
  const std::string dead = folder / "run/gone00";
  fs::create_directory(dead);
  std::ofstream(dead + "/lock") << "";
  std::ofstream(dead + "/3.sock") << "";
  const Result<RuntimeFolder> next = RuntimeFolder::create(folder / "run");
  ASSERT_TRUE(next);
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::exists(alive->path()));
  EXPECT_NE(alive->path(), next->path());
}

TEST(RuntimeFolder, AParentThatOthersMayEnterIsRefused) {
  const testing::TemporaryFolder folder;
  fs::create_directory(folder / "run");
  ::chmod((folder / "run").c_str(), 0755);
  const Result<RuntimeFolder> made = RuntimeFolder::create(folder / "run");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), ErrorCode::Refused);
  fs::create_symlink("/tmp", folder / "link");
  EXPECT_EQ(RuntimeFolder::create(folder / "link").error().code(), ErrorCode::Refused);
}

TEST(RuntimeFolder, ANameTooLongForSocketsIsSaid) {
  EXPECT_EQ(RuntimeFolder::create("/" + std::string(100, 'x')).error().code(),
            ErrorCode::InvalidConfig);
  EXPECT_EQ(RuntimeFolder::create("run").error().code(), ErrorCode::InvalidConfig);
}

TEST(FileNotes, AreKeptAndReplaced) {
  const testing::TemporaryFolder folder;
  const FileNotes notes(folder / "new/notes.json");
  EXPECT_FALSE(notes.find("a"));
  notes.put("a", "1");
  notes.put("b", "\"2\"\n");
  notes.put("a", "3");
  EXPECT_EQ(notes.find("a"), "3");
  EXPECT_EQ(notes.find("b"), "\"2\"\n");
}

TEST(FileNotes, OnesThatCantBeReadCountAsAbsent) {
  const testing::TemporaryFolder folder;
  std::ofstream(folder / "notes.json") << R"([["a"],["b",2],"c",["d","4"]])";
  const FileNotes notes(folder / "notes.json");
  EXPECT_FALSE(notes.find("a"));
  EXPECT_EQ(notes.find("d"), "4");
  std::ofstream(folder / "notes.json") << "[[";
  EXPECT_FALSE(notes.find("d"));
  notes.put("e", "5");
  EXPECT_EQ(notes.find("e"), "5");
}

TEST(FileNotes, AChangedFileHasAnotherIdentity) {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "file";
  EXPECT_EQ(file_identity(path), "");
  std::ofstream(path) << "one";
  const std::string first = file_identity(path);
  EXPECT_EQ(file_identity(path), first);
  std::ofstream(path) << "three";
  EXPECT_NE(file_identity(path), first);
}

}  // namespace
}  // namespace muai
