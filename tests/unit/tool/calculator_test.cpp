#include "muai/tool/calculator.h"

#include <gtest/gtest.h>

namespace muai {
namespace {

std::string value_of(std::string_view expression) {
  const Result<Calculation> result = calculate(expression);
  return result ? result->value : "error: " + result.error().message();
}

TEST(Calculator, IsExactWhereDoublesAreNot) {
  EXPECT_EQ(value_of("0.1 + 0.2"), "0.3");
  EXPECT_EQ(value_of("1/3 + 1/6"), "0.5");
  EXPECT_EQ(value_of("1/3"), "1/3");
  EXPECT_EQ(value_of("2^200"), "1606938044258990275541962092341162602522202993782792835301376");
  EXPECT_EQ(value_of("30!/28!"), "870");
}

TEST(Calculator, BindsAsMathematicsDoes) {
  EXPECT_EQ(value_of("2+3*4"), "14");
  EXPECT_EQ(value_of("-2^2"), "-4");
  EXPECT_EQ(value_of("2^3^2"), "512");
  EXPECT_EQ(value_of("2^-2"), "0.25");
  EXPECT_EQ(value_of("10-4-3"), "3");
  EXPECT_EQ(value_of("-7 % 3"), "2");
  EXPECT_EQ(value_of("200 * 15%"), "30");
  EXPECT_EQ(value_of("1.5e3"), "1500");
}

TEST(Calculator, ReadsWhatPeoplePaste) {
  EXPECT_EQ(value_of("６ × ７"), "42");
  EXPECT_EQ(value_of("（8 − 2） ÷ 4"), "1.5");
  EXPECT_EQ(value_of("2**10"), "1024");
}

TEST(Calculator, FunctionsStayExactWhereTheyCan) {
  EXPECT_EQ(value_of("sqrt(9/16)"), "0.75");
  EXPECT_EQ(value_of("max(1/3, 0.3)"), "1/3");
  EXPECT_EQ(value_of("round(-2.5)"), "-3");
  EXPECT_EQ(value_of("floor(-0.5)"), "-1");
  EXPECT_EQ(value_of("gcd(12, 18, 27)"), "3");
  EXPECT_TRUE(calculate("sqrt(4)")->is_exact);
  EXPECT_FALSE(calculate("sqrt(2)")->is_exact);
  EXPECT_FALSE(calculate("sin(0)")->is_exact);
}

TEST(Calculator, BoundsWhatItComputes) {
  for (const char* text : {"9^9^9", "1e99999", "501!", "2^5000", "10^-2000"}) {
    const auto result = calculate(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code(), ErrorCode::LimitExceeded) << text;
  }
  EXPECT_EQ(calculate(std::string(100, '(') + "1").error().code(), ErrorCode::LimitExceeded);
  EXPECT_EQ(calculate(std::string(2000, '1')).error().code(), ErrorCode::LimitExceeded);
}

TEST(Calculator, NamesThePositionOfAMistake) {
  EXPECT_EQ(value_of("2 + * 3"), "error: unexpected '*' at position 5");
  EXPECT_EQ(value_of("(2"), "error: ')' is missing at position 3");
  EXPECT_EQ(value_of("1/0"), "error: division by zero");
  EXPECT_EQ(value_of("2 +"), "error: the expression ends where a number is expected");
  EXPECT_EQ(value_of("x + 1"), "error: 'x' at position 1 is no number; the constants are pi and e");
}

}  // namespace
}  // namespace muai
