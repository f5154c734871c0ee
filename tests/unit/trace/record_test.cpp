#include "muai/trace/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "muai/core/result.h"
#include "muai/trace/signals.h"

namespace muai {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Result<int> innermost() { return fail(ErrorCode::Timeout, "no answer within 3 s"); }

Result<int> outer() {
  MUAI_TRY(int value, innermost());
  return value;
}

TEST(ErrorRecord, NamesTheCodeAndKeepsTheTrailInnermostFirst) {
  const ErrorRecord record = ErrorRecord::from_error(
      Error(std::move(outer()).error()).inside("fetch").inside("search_qa"));
  EXPECT_EQ(record.error, "no answer within 3 s");
  EXPECT_EQ(record.error_type, "timeout");
  EXPECT_THAT(record.stack_trace, StartsWith("in search_qa/fetch\n"));
  const std::size_t made = record.stack_trace.find("innermost");
  const std::size_t passed = record.stack_trace.find("outer");
  ASSERT_NE(passed, std::string::npos);
  EXPECT_LT(made, passed);
  EXPECT_THAT(record.stack_trace, HasSubstr("record_test.cpp:"));
}

TEST(ErrorRecord, OfAnExceptionNamesItsTypeAndThrowSite) {
  const ErrorRecord record = ErrorRecord::from_error(
      Error(ErrorCode::StepFailed, "bad").from_exception("std::runtime_error"), "lib/x.cpp:7 f\n");
  EXPECT_EQ(record.error_type, "std::runtime_error");
  EXPECT_THAT(record.stack_trace, StartsWith("lib/x.cpp:7 f\n"));
}

TEST(ErrorRecord, IsNeverEmpty) {
  const ErrorRecord record = ErrorRecord::from_error(Error(ErrorCode::Io, ""));
  EXPECT_FALSE(record.error.empty());
  EXPECT_FALSE(record.error_type.empty());
  EXPECT_FALSE(record.stack_trace.empty());
}

StepRecord ran(const std::string& name) {
  StepRecord step;
  step.step_name = name;
  return step;
}

TEST(QualitySignals, CountsCodePointsNotBytes) {
  const QualityFacts facts{.final_answer = "天气 ok"};
  EXPECT_EQ(quality_signals(facts).answer_length, 5);
}

TEST(QualitySignals, AnyStepWithSearchInItsNameIsASearch) {
  for (const auto& [name, expected] :
       {std::pair{"web_search", true}, {"KB_Search", true}, {"research", true}, {"fetch", false}}) {
    const std::vector<StepRecord> steps = {ran("start"), ran(name)};
    EXPECT_EQ(quality_signals({.steps = steps}).has_search, expected) << name;
  }
}

}  // namespace
}  // namespace muai
