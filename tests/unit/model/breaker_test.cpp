#include "muai/model/breaker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "muai/async/sim_loop.h"

namespace muai {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

struct BreakerTest : ::testing::Test {
  void fail_once() {
    auto admission = breaker.admit();
    ASSERT_TRUE(admission);
    admission->failed(Error(ErrorCode::Network, "connection refused"));
  }
  void open_it() {
    for (int i = 0; i < 3; ++i) fail_once();
  }
  BreakerPhase phase() const { return breaker.status().phase; }

  SimLoop loop;
  Breaker breaker{
      loop, "http://127.0.0.1:1/v1", {.failures_max = 3, .open_for = 10s, .open_for_max = 35s}};
};

TEST_F(BreakerTest, OpensAfterSoManyFailuresInARow) {
  fail_once();
  fail_once();
  breaker.admit()->succeeded();
  fail_once();
  fail_once();
  EXPECT_EQ(phase(), BreakerPhase::Closed);
  EXPECT_EQ(breaker.status().failures, 2);
  fail_once();
  EXPECT_EQ(phase(), BreakerPhase::Open);
}

TEST_F(BreakerTest, WhileOpenItSaysUntilWhenAndWhy) {
  open_it();
  loop.run_for(4s);
  const auto admitted = breaker.admit();
  ASSERT_FALSE(admitted);
  EXPECT_EQ(admitted.error().code(), ErrorCode::ModelUnavailable);
  EXPECT_DOUBLE_EQ(admitted.error().retry_after_s(), 6);
  EXPECT_THAT(admitted.error().message(),
              AllOf(HasSubstr("http://127.0.0.1:1/v1"), HasSubstr("6.0 s"), HasSubstr("3 requests"),
                    HasSubstr("connection refused")));
  EXPECT_DOUBLE_EQ(breaker.status().open_for_s, 6);
}

TEST_F(BreakerTest, OneProbePassesAndItsSuccessCloses) {
  open_it();
  loop.run_for(10s);
  EXPECT_EQ(phase(), BreakerPhase::HalfOpen);
  auto probe = breaker.admit();
  ASSERT_TRUE(probe);
  EXPECT_FALSE(breaker.admit());
  probe->succeeded();
  EXPECT_EQ(phase(), BreakerPhase::Closed);
  EXPECT_TRUE(breaker.admit());
}

TEST_F(BreakerTest, AFailedProbeOpensForTwiceTheTimeWithinABound) {
  open_it();
  for (const double expected : {20.0, 35.0, 35.0}) {
    loop.run_for(40s);
    fail_once();
    EXPECT_EQ(phase(), BreakerPhase::Open);
    EXPECT_DOUBLE_EQ(breaker.status().open_for_s, expected);
  }
}

TEST_F(BreakerTest, AProbeThatIsGivenUpLeavesTheNextOneIn) {
  open_it();
  loop.run_for(10s);
  {
    const auto probe = breaker.admit();
    ASSERT_TRUE(probe);
  }
  EXPECT_EQ(phase(), BreakerPhase::HalfOpen);
  EXPECT_TRUE(breaker.admit());
}

TEST_F(BreakerTest, LateFailuresDoNotProlongTheWait) {
  auto early = breaker.admit();
  auto other = breaker.admit();
  open_it();
  loop.run_for(9s);
  early->failed(Error(ErrorCode::Network, "late"));
  EXPECT_DOUBLE_EQ(breaker.status().open_for_s, 1);
  other->succeeded();
  EXPECT_EQ(phase(), BreakerPhase::Closed);
}

TEST(BreakerTable, HasOneBreakerForEachEndpoint) {
  SimLoop loop;
  BreakerTable table(loop, {.failures_max = 1});
  EXPECT_EQ(&table.of("http://b/v1"), &table.of("http://b/v1"));
  EXPECT_NE(&table.of("http://a/v1"), &table.of("http://b/v1"));
  table.of("http://b/v1").admit()->failed(Error(ErrorCode::Upstream, "no"));
  const auto status = table.status();
  ASSERT_EQ(status.size(), 2u);
  EXPECT_EQ(status[0].endpoint, "http://a/v1");
  EXPECT_EQ(status[0].phase, BreakerPhase::Closed);
  EXPECT_EQ(to_string(status[1].phase), "open");
  EXPECT_EQ(status[1].last_failure, "no");
}

}  // namespace
}  // namespace muai
