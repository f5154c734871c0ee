#include "net/retry_after.h"

#include <gtest/gtest.h>

namespace muai {
namespace {

constexpr double kNow = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT

TEST(RetryAfter, ReadsSecondsAndDates) {
  EXPECT_EQ(retry_after_seconds("0", kNow), 0);
  EXPECT_EQ(retry_after_seconds(" 120 ", kNow), 120);
  EXPECT_EQ(retry_after_seconds("Sun, 06 Nov 1994 08:50:37 GMT", kNow), 60);
  EXPECT_EQ(retry_after_seconds("Sun, 06 Nov 1994 08:49:36 GMT", kNow), 0);
}

TEST(RetryAfter, CapsAtAnHour) {
  EXPECT_EQ(retry_after_seconds("86400", kNow), 3600);
  EXPECT_EQ(retry_after_seconds("99999999999999999999", kNow), 3600);
  EXPECT_EQ(retry_after_seconds("Sun, 06 Nov 2094 08:49:37 GMT", kNow), 3600);
}

TEST(RetryAfter, SaysThatNonsenseIsNonsense) {
  for (const char* text :
       {"", "soon", "-1", "1.5", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 ovD 1994 08:49:37 GMT", "Sun, 0x Nov 1994 08:49:37 GMT"}) {
    EXPECT_LT(retry_after_seconds(text, kNow), 0) << text;
  }
}

}  // namespace
}  // namespace muai
