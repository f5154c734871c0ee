#include "muai/net/service_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temporary_folder.h"

namespace muai {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class KeyFile : public ::testing::Test {
 protected:
  std::string write(const std::string& bytes) {
    const std::string file = folder_ / "service.key";
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }
  testing::TemporaryFolder folder_;
};

TEST_F(KeyFile, BlanksAndLineEndsAroundTheKeyAreNotOfIt) {
  const std::string file = write("\n sk-0123456789 \r\n");
  const Result<ServiceKey> key = read_key_file(file);
  ASSERT_TRUE(key) << key.error().message();
  EXPECT_EQ(key->value, "sk-0123456789");
  EXPECT_EQ(key->place, "the file " + file);
  EXPECT_TRUE(is_plain(*key));
}

TEST_F(KeyFile, RemarksBelowTheFirstLineCanBeLeftOut) {
  const Result<ServiceKey> key = read_key_file(write("sk-1 \r\nfor work\n"));
  ASSERT_TRUE(key) << key.error().message();
  EXPECT_FALSE(is_plain(*key));
  EXPECT_EQ(first_line(*key).value, "sk-1");
}

TEST_F(KeyFile, AnEmptyFileHoldsAnEmptyKey) {
  const Result<ServiceKey> key = read_key_file(write(""));
  ASSERT_TRUE(key) << key.error().message();
  EXPECT_EQ(key->value, "");
}

TEST_F(KeyFile, WhatIsMissingOrMoreThanAKeyIsNamedWithTheRemedy) {
  const Result<ServiceKey> none = read_key_file(folder_ / "none");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), ErrorCode::InvalidConfig);
  EXPECT_THAT(none.error().message(), AllOf(HasSubstr("cannot be read"), HasSubstr("key_file")));
  const Result<ServiceKey> endless = read_key_file("/dev/zero");
  ASSERT_FALSE(endless);
  EXPECT_THAT(endless.error().message(), HasSubstr("more than a key"));
}

TEST(ServiceKey, OneThatWouldEndAHeaderIsNotPlain) {
  EXPECT_FALSE(is_plain({.value = "a\r\nX-Other: b"}));
  EXPECT_FALSE(is_plain({.value = "a b"}));
  EXPECT_FALSE(is_plain({.value = "schlüssel"}));
  EXPECT_TRUE(is_plain(key_of_variable("KEY", " sk-1\n")));
  EXPECT_EQ(key_of_variable("KEY", "x").place, "the variable KEY");
}

}  // namespace
}  // namespace muai
