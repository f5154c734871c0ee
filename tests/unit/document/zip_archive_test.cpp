#include "document/zip_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/zip_file.h"

namespace muai {
namespace {

using ::testing::HasSubstr;
using testing::ZipFile;

TEST(ZipArchive, GivesPartsByName) {
  const std::string bytes = ZipFile().add("a/b.txt", "hello").add("c", "").bytes();
  auto archive = ZipArchive::open(bytes);
  ASSERT_TRUE(archive) << archive.error().message();
  EXPECT_TRUE(archive->has("c"));
  EXPECT_FALSE(archive->has("b.txt"));
  EXPECT_EQ(archive->read("a/b.txt").value(), "hello");
  EXPECT_EQ(archive->read("c").value(), "");
  EXPECT_EQ(archive->read("nothing").error().code(), ErrorCode::NotFound);
}

TEST(ZipArchive, EveryPrefixOfAnArchiveIsReadOrRefused) {
  const std::string bytes = ZipFile().add("a", "some text that is packed").add("b", "x").bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    auto archive = ZipArchive::open(std::string_view(bytes).substr(0, size));
    if (!archive) {
      EXPECT_EQ(archive.error().code(), ErrorCode::InvalidInput) << size;
    }
  }
}

TEST(ZipArchive, EveryFlippedByteIsReadOrRefused) {
  const std::string bytes = ZipFile().add("a", "some text that is packed").add("b", "x").bytes();
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string broken = bytes;
    broken[at] = static_cast<char>(broken[at] ^ 0x55);
    auto archive = ZipArchive::open(broken);
    if (!archive) continue;
    const auto part = archive->read("a");
    if (part) {
      EXPECT_EQ(*part, "some text that is packed") << at;
    }
  }
}

TEST(ZipArchive, PartsThatSwellAreCutOff) {
  // 8 MB of zeros pack to some 8 kB: more than a hundred to one.
  const std::string bytes = ZipFile().add("a", std::string(8'000'000, '\0')).bytes();
  auto archive = ZipArchive::open(bytes);
  ASSERT_TRUE(archive);
  EXPECT_EQ(archive->read("a").error().code(), ErrorCode::LimitExceeded);
}

TEST(ZipArchive, ManyPartsTogetherAreBounded) {
  std::string noise;
  std::uint32_t state = 1;
  for (int i = 0; i < 15'000'000; ++i)
    noise += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  ZipFile file;
  for (const char* name : {"1", "2", "3", "4", "5"}) file.add(name, noise);
  const std::string bytes = file.bytes();
  auto archive = ZipArchive::open(bytes);
  ASSERT_TRUE(archive);
  for (const char* name : {"1", "2", "3", "4"}) EXPECT_TRUE(archive->read(name)) << name;
  EXPECT_EQ(archive->read("5").error().code(), ErrorCode::LimitExceeded);
}

TEST(ZipArchive, TooManyPartsAreRefused) {
  ZipFile file;
  for (int i = 0; i < 10'001; ++i) file.add(std::to_string(i), "");
  const std::string bytes = file.bytes();
  const auto archive = ZipArchive::open(bytes);
  ASSERT_FALSE(archive);
  EXPECT_EQ(archive.error().code(), ErrorCode::LimitExceeded);
  EXPECT_THAT(archive.error().message(), HasSubstr("10001 parts"));
}

}  // namespace
}  // namespace muai
