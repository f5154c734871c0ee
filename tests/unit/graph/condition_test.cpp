#include "muai/graph/condition.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "muai/core/keys.h"

namespace muai {
namespace {

namespace json = boost::json;

constexpr Key<std::int64_t> count{"condition_test_count"};
constexpr Key<double> score{"condition_test_score"};

State sample() {
  return State()
      .with(keys::question, "why?")
      .with(keys::docs, {})
      .with(keys::meta, json::value{{"mode", "chat"}, {"turn", 3}})
      .with(count, 9007199254740993)
      .with(score, 0.5);
}

bool holds(const Condition& condition) { return condition.holds(sample()).value(); }

TEST(Condition, PresenceIsOfAKeyOrOfAPlaceInIt) {
  EXPECT_TRUE(holds(present(keys::question)));
  EXPECT_FALSE(holds(present(keys::summaries)));
  EXPECT_TRUE(holds(present(keys::meta, "/mode")));
  EXPECT_FALSE(holds(present(keys::meta, "/mood")));
  EXPECT_FALSE(holds(present(keys::summaries, "/0")));
}

TEST(Condition, EmptyIsOfSomethingThatIsThere) {
  EXPECT_TRUE(holds(empty(keys::docs)));
  EXPECT_FALSE(holds(empty(keys::question)));
  EXPECT_FALSE(holds(empty(keys::summaries)));
}

TEST(Condition, ComparesNumbersExactly) {
  EXPECT_TRUE(holds(equals(count, 9007199254740993)));
  EXPECT_FALSE(holds(equals(count, 9007199254740992)));
  EXPECT_FALSE(holds(equals(count, 9007199254740992.0)));
  EXPECT_TRUE(holds(greater(count, 9007199254740992.0)));
  EXPECT_TRUE(holds(less(score, 1)));
  EXPECT_TRUE(holds(equals(keys::meta, 3.0, "/turn")));
}

TEST(Condition, WhatIsAbsentEqualsNothingAndDiffersFromNothing) {
  EXPECT_FALSE(holds(equals(keys::final_answer, "x")));
  EXPECT_FALSE(holds(not_equals(keys::final_answer, "x")));
  EXPECT_TRUE(holds(!equals(keys::final_answer, "x")));
}

TEST(Condition, OrderingATextAgainstANumberIsAnErrorThatNamesThePlace) {
  const Result<bool> compared = greater(keys::meta, 1, "/mode").holds(sample());
  ASSERT_FALSE(compared);
  EXPECT_EQ(compared.error().code(), ErrorCode::Contract);
  EXPECT_NE(compared.error().message().find("meta/mode"), std::string::npos);
}

TEST(Condition, KnowsWhichKeysItProves) {
  const auto ids = [](std::initializer_list<KeyId> keys) { return std::vector<KeyId>(keys); };
  const Condition both = present(keys::question) && present(count);
  std::vector<KeyId> sorted = ids({keys::question.id(), count.id()});
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(both.provides_when_true(), sorted);
  EXPECT_TRUE(both.provides_when_false().empty());
  EXPECT_TRUE((present(keys::question) || present(count)).provides_when_true().empty());
  const Condition neither = !(present(keys::question)) || !(present(count));
  EXPECT_EQ(neither.provides_when_false(), sorted);
}

TEST(Condition, ReadsItsFileForm) {
  const auto read = [](std::string_view text) {
    return Condition::from_json(parse_json(text).value()).value();
  };
  EXPECT_TRUE(holds(read(R"({"present": "question"})")));
  EXPECT_TRUE(holds(read(R"({"present": "meta", "at": "/mode"})")));
  EXPECT_TRUE(holds(read(R"({"equals": {"key": "meta", "at": "/mode", "value": "chat"}})")));
  EXPECT_TRUE(holds(read(R"({"all": [{"empty": "docs"}, {"not": {"present": "summaries"}}]})")));
  EXPECT_TRUE(holds(read(R"({"any": [{"present": "summaries"}, {"empty": "docs"}]})")));
  EXPECT_EQ(read(R"({"greater_or_equal": {"key": "meta", "at": "/turn", "value": 3}})").text(),
            "meta/turn >= 3");
}

TEST(Condition, RefusesWhatItDoesNotKnow) {
  std::string deep = R"({"present": "question"})";
  for (int i = 0; i < 40; ++i) deep = R"({"not": )" + deep + "}";
  const std::vector<std::string> wrong = {
      "1",
      "{}",
      "[]",
      R"({"presnt": "question"})",
      R"({"present": 1})",
      R"({"present": ""})",
      R"({"present": "question", "at": "mode"})",
      R"({"present": "question", "at": "/~2"})",
      R"({"present": "question", "equals": {"key": "a", "value": 1}})",
      R"({"equals": {"key": "a"}})",
      R"({"equals": {"key": "a", "value": 1, "wat": 2}})",
      R"({"all": []})",
      R"({"any": {"present": "question"}})",
      R"({"not": [1]})",
      deep,
  };
  for (const std::string& text : wrong) {
    const Result<Condition> read = Condition::from_json(parse_json(text).value());
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code(), ErrorCode::InvalidConfig) << text;
  }
}

}  // namespace
}  // namespace muai
