#include "muai/store/text_store.h"

#include <gtest/gtest.h>

#include "muai/core/sha256.h"
#include "tests/support/temporary_folder.h"

namespace muai {
namespace {

using testing::TemporaryFolder;

TEST(TextStore, FindsATextByTheHashOfItsBytes) {
  const TemporaryFolder folder;
  TextStore store = TextStore::open(folder.path()).value();
  const std::string hash = store.put("Tea is 茶.", "https://a.example/tea", "Tea", 12.5).value();
  EXPECT_EQ(hash, sha256_hex("Tea is 茶."));
  const auto found = store.find(hash).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->text, "Tea is 茶.");
  EXPECT_EQ(found->url, "https://a.example/tea");
  EXPECT_EQ(found->title, "Tea");
  EXPECT_EQ(found->retrieved_at, 12.5);
}

TEST(TextStore, SurvivesReopening) {
  const TemporaryFolder folder;
  const std::string hash = TextStore::open(folder.path()).value().put("kept", "u", "t", 1).value();
  EXPECT_TRUE(TextStore::open(folder.path()).value().find(hash).value());
}

TEST(TextStore, AnUnknownHashIsNothing) {
  const TemporaryFolder folder;
  TextStore store = TextStore::open(folder.path()).value();
  EXPECT_FALSE(store.find(sha256_hex("never stored")).value());
}

TEST(TextStore, TheSameTextIsStoredOnce) {
  const TemporaryFolder folder;
  TextStore store = TextStore::open(folder.path()).value();
  const std::string hash = store.put("12345", "first", "", 1).value();
  ASSERT_TRUE(store.put("12345", "second", "", 2));
  EXPECT_EQ(store.stored_bytes().value(), 5);
  EXPECT_EQ(store.find(hash).value()->url, "second");
}

TEST(TextStore, TheOldestGoesWhenTheCapIsReached) {
  const TemporaryFolder folder;
  TextStore store = TextStore::open(folder.path(), 10).value();
  const std::string first = store.put("aaaa", "", "", 3).value();
  const std::string second = store.put("bbbb", "", "", 2).value();
  ASSERT_TRUE(store.put("aaaa", "", "", 1));  // used again: now the youngest
  const std::string third = store.put("cccc", "", "", 0).value();
  EXPECT_TRUE(store.find(first).value());
  EXPECT_FALSE(store.find(second).value());
  EXPECT_TRUE(store.find(third).value());
  EXPECT_LE(store.stored_bytes().value(), 10);
}

TEST(TextStore, ATextLargerThanTheCapIsRefused) {
  const TemporaryFolder folder;
  TextStore store = TextStore::open(folder.path(), 10).value();
  EXPECT_EQ(store.put("12345678901", "", "", 0).error().code(), ErrorCode::LimitExceeded);
}

TEST(TextStore, AnAlteredTextIsCorrupt) {
  const TemporaryFolder folder;
  TextStore store = TextStore::open(folder.path()).value();
  const std::string hash = store.put("true", "", "", 0).value();
  constexpr std::array<std::string_view, 1> kSame{""};
  Database file = Database::open(folder / "texts.db", Schema{"texts", kSame},
                                 {.access = DatabaseAccess::SharedWriter})
                      .value();
  ASSERT_TRUE(file.execute("UPDATE texts SET text = 'false'"));
  EXPECT_EQ(store.find(hash).error().code(), ErrorCode::Corrupt);
}

TEST(TextStore, ForgetsOnRequest) {
  const TemporaryFolder folder;
  TextStore store = TextStore::open(folder.path()).value();
  const std::string hash = store.put("secret", "", "", 0).value();
  EXPECT_TRUE(store.remove(hash).value());
  EXPECT_FALSE(store.remove(hash).value());
  EXPECT_FALSE(store.find(hash).value());
  EXPECT_EQ(store.stored_bytes().value(), 0);
}

TEST(TextStore, TwoStoresShareOneFile) {
  const TemporaryFolder folder;
  TextStore first = TextStore::open(folder.path()).value();
  TextStore second = TextStore::open(folder.path()).value();
  const std::string hash = first.put("shared", "", "", 0).value();
  EXPECT_TRUE(second.find(hash).value());
  EXPECT_TRUE(second.put("more", "", "", 0));
}

}  // namespace
}  // namespace muai
