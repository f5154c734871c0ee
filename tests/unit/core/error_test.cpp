#include "muai/core/error.h"

#include <gtest/gtest.h>

#include "muai/core/result.h"

namespace muai {
namespace {

Result<int> parse(bool good) {
  if (!good) return fail(ErrorCode::InvalidInput, "not a number");
  return 7;
}

Result<int> doubled(bool good) {
  MUAI_TRY(const int value, parse(good));
  return 2 * value;
}

TEST(Error, TryPassesTheValueThrough) { EXPECT_EQ(doubled(true).value(), 14); }

TEST(Error, TryAddsItsPlaceToTheTrail) {
  const Result<int> failed = doubled(false);
  ASSERT_FALSE(failed);
  ASSERT_EQ(failed.error().trail().size(), 2u);
  EXPECT_LT(failed.error().trail()[0].line(), failed.error().trail()[1].line());
}

TEST(Error, PathReadsFromTheOutsideIn) {
  const Error error =
      Error(ErrorCode::Timeout, "too slow").inside("fetch_url").inside("fetch").inside("search_qa");
  EXPECT_EQ(error.to_string(), "search_qa/fetch/fetch_url: too slow");
}

TEST(Error, CopiesAreIndependent) {
  Error first(ErrorCode::Io, "disk full");
  const Error second = first;
  first = std::move(first).with_message("other");
  EXPECT_EQ(second.message(), "disk full");
}

}  // namespace
}  // namespace muai
