#include "muai/core/state.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <thread>

#include "muai/core/codec.h"
#include "muai/core/keys.h"
#include "muai/core/registry.h"

namespace muai {

struct Money {
  std::int64_t cents = 0;
  friend bool operator==(const Money&, const Money&) = default;
};

namespace {

Result<void> write_money(const Money& money, JsonWriter& out) {
  out.number(money.cents);
  return {};
}

Result<Money> read_money(const boost::json::value& json, JsonPath& path) {
  if (!json.is_int64()) return path.fail("expected cents");
  return Money{json.get_int64()};
}

constexpr Key<std::int64_t> kCount{"test_count"};

}  // namespace

template <>
const ValueType& value_type<Money>() {
  static const ValueType type = make_value_type<Money, write_money, read_money>("money");
  return type;
}

namespace {

TEST(State, WithLeavesTheOriginalUnchanged) {
  const State before = State().with(keys::question, "a");
  const State after = before.with(keys::question, "b");
  EXPECT_EQ(before[keys::question], "a");
  EXPECT_EQ(after[keys::question], "b");
}

TEST(State, CopiesShareTheirValues) {
  const State first = State().with(keys::question, "a");
  const State second = first.with(kCount, 3);
  EXPECT_EQ(&first[keys::question], &second[keys::question]);
}

TEST(State, ReadingAnAbsentKeyThrowsATypedErrorThatNamesIt) {
  try {
    (void)State()[keys::question];
    FAIL() << "no exception";
  } catch (const StateAccess& access) {
    EXPECT_EQ(access.error().code(), ErrorCode::Contract);
    EXPECT_NE(access.error().message().find("question"), std::string::npos);
  }
}

TEST(State, DiffReportsExactlyTheChangedEntries) {
  const State from = State().with(keys::question, "a").with(kCount, 1);
  const State to = from.with(kCount, 2).with(keys::final_answer, "x").without(keys::question.id());
  std::vector<std::string> seen;
  State::diff(from, to, [&](KeyId id, const ValuePtr& before, const ValuePtr& after) {
    seen.push_back(std::string(key_name(id)) + (before ? "-" : "") + (after ? "+" : ""));
  });
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, (std::vector<std::string>{"final_answer+", "question-", "test_count-+"}));
}

TEST(State, UnknownJsonMembersAreConvertedAtTheirFirstTypedRead) {
  const State state = json_to_state(R"({"late_key": ["a", "b"]})").value();
  const Key<std::vector<std::string>> late("late_key");
  EXPECT_EQ(state[late], (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(&state[late], &state[late]) << "converted once";
  EXPECT_EQ(state_to_json(state).value(), R"({"late_key":["a","b"]})");
}

TEST(State, AJsonMemberThatDoesNotFitItsKeyNamesThePlace) {
  const State state = json_to_state(R"({"late_numbers": [1, "two"]})").value();
  const Key<std::vector<std::int64_t>> late("late_numbers");
  try {
    (void)state[late];
    FAIL() << "no exception";
  } catch (const StateAccess& access) {
    EXPECT_NE(access.error().message().find("late_numbers[1]"), std::string::npos);
  }
}

TEST(State, FirstTypedReadsFromManyThreadsAgree) {
  const State state = json_to_state(R"({"raced_key": "text"})").value();
  const Key<std::string> raced("raced_key");
  std::vector<const std::string*> seen(8);
  {
    std::vector<std::jthread> readers;
    for (std::size_t i = 0; i < seen.size(); ++i)
      readers.emplace_back([&, i] { seen[i] = &state[raced]; });
  }
  for (const std::string* text : seen) EXPECT_EQ(text, seen[0]);
}

TEST(State, APogramCanAddATypeOfItsOwn) {
  const Key<Money> price("test_price");
  const State state = State().with(price, Money{250});
  EXPECT_EQ(json_to_state(state_to_json(state).value()).value()[price], Money{250});
}

TEST(State, AKnownKeyOfTheWrongTypeIsRefusedWithItsPath) {
  const Result<State> state = json_to_state(R"({"docs": {"https://a.example/": 7}})");
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().message(),
            R"(docs["https://a.example/"]: expected a string, found int64)");
}

TEST(State, InvalidUtf8IsRefusedWithItsPath) {
  const State state = State().with(keys::docs, TextMap{{"u", "caf\xe9"}});
  const Result<std::string> json = state_to_json(state);
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().message(), "docs.u: invalid UTF-8 at byte 3");
}

TEST(State, MembersOfRecordsThatAreNotKnownComeBack) {
  const std::string text =
      R"({"exercises":[{"question":"q","answer":"a","points":3,"level":"hard"}]})";
  EXPECT_EQ(state_to_json(json_to_state(text).value()).value(), text);
}

TEST(Merge, AppendKeepsWhatEachBranchAddedInEdgeOrder) {
  using Strings = std::vector<std::string>;
  const ValuePtr fork = make_value(Strings{"a"});
  const ValuePtr left = make_value(Strings{"a", "b"});
  const ValuePtr right = make_value(Strings{"a", "c"});
  const ValuePtr merged =
      merge_values(keys::validation_errors.id(), MergeRule::Append, fork.get(), *left, *right)
          .value();
  EXPECT_EQ(payload_of<Strings>(*merged), (Strings{"a", "b", "c"}));
}

TEST(Merge, AppendRefusesABranchThatRewroteTheSharedPart) {
  using Strings = std::vector<std::string>;
  const ValuePtr fork = make_value(Strings{"a"});
  const ValuePtr left = make_value(Strings{"a", "b"});
  const ValuePtr right = make_value(Strings{"x"});
  const auto merged =
      merge_values(keys::validation_errors.id(), MergeRule::Append, fork.get(), *left, *right);
  ASSERT_FALSE(merged);
  EXPECT_NE(merged.error().message().find("validation_errors"), std::string::npos);
}

TEST(Merge, MetaMergesPerMember) {
  const auto object = [](std::string_view text) { return make_value(parse_json(text).value()); };
  const ValuePtr fork = object(R"({"mode":"chat","old":1})");
  const ValuePtr left = object(R"({"mode":"chat","old":1,"a":1})");
  const ValuePtr right = object(R"({"mode":"default","b":2})");
  const ValuePtr merged =
      merge_values(keys::meta.id(), MergeRule::Members, fork.get(), *left, *right).value();
  EXPECT_EQ(payload_of<boost::json::value>(*merged),
            parse_json(R"({"mode":"default","a":1,"b":2})").value());
}

TEST(Merge, TheSameMetaMemberChangedTwiceIsAnError) {
  const auto object = [](std::string_view text) { return make_value(parse_json(text).value()); };
  const ValuePtr fork = object("{}");
  EXPECT_FALSE(merge_values(keys::meta.id(), MergeRule::Members, fork.get(), *object(R"({"a":1})"),
                            *object(R"({"a":2})")));
}

TEST(KeyTable, DeclaringANameWithAnotherTypeIsAnError) {
  const auto id = declare_key("question", value_type<bool>(), MergeRule::Error);
  ASSERT_FALSE(id);
  EXPECT_EQ(id.error().code(), ErrorCode::InvalidConfig);
}

TEST(Registry, AnUnknownNameIsAnsweredWithTheNearestKnownOnes) {
  Registry<int> steps("step");
  ASSERT_TRUE(steps.add("web_search", 1));
  ASSERT_TRUE(steps.add("summarize", 2));
  const auto found = steps.lookup("web_serch");
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().message().find("web_search"), std::string::npos);
}

TEST(Registry, RegisteringANameTwiceIsAnErrorAndReplacingIsExplicit) {
  Registry<int> steps("step");
  ASSERT_TRUE(steps.add("a", 1));
  EXPECT_EQ(steps.add("a", 2).error().code(), ErrorCode::AlreadyExists);
  steps.replace("a", 3);
  EXPECT_EQ(**steps.lookup("a"), 3);
}

}  // namespace
}  // namespace muai
