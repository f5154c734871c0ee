#include "muai/steps/value_template.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "muai/core/json.h"
#include "muai/core/keys.h"

namespace muai {
namespace {

boost::json::value json(std::string_view text) { return parse_json(text).value(); }

Result<ValueTemplate> read(std::string_view text) { return ValueTemplate::read(json(text)); }

State filled_state() {
  return State()
      .with(keys::question, "why?")
      .with(keys::search_results, {{"t", "https://a.example/", "s", ""}})
      .with(keys::meta, json(R"({"mode": "chat", "a/b": [1, 2]})"));
}

std::string filled(std::string_view text) {
  const auto value = read(text).value().fill(filled_state());
  return value ? write_json(*value).value() : value.error().message();
}

TEST(ValueTemplate, KeepsConstants) {
  EXPECT_EQ(filled(R"([1, -0.5, null, true, "x", {"a": {}}])"),
            R"([1,-0.5,null,true,"x",{"a":{}}])");
}

TEST(ValueTemplate, FillsPlacesAnywhere) {
  EXPECT_EQ(filled(R"({"from": "question"})"), R"("why?")");
  EXPECT_EQ(filled(R"({"q": [{"from": "meta", "at": "/a~1b/1"}], "u": )"
                   R"({"from": "search_results", "at": "/0/url"}})"),
            R"({"q":[2],"u":"https://a.example/"})");
}

TEST(ValueTemplate, FallsBackWhereNothingStands) {
  EXPECT_EQ(filled(R"({"from": "meta", "at": "/level", "or": [7]})"), "[7]");
  EXPECT_EQ(filled(R"({"from": "docs", "or": null})"), "null");
  EXPECT_EQ(filled(R"({"from": "meta", "at": "/mode", "or": 7})"), R"("chat")");
}

TEST(ValueTemplate, NamesKeyAndPlaceWhereNothingStands) {
  EXPECT_EQ(filled(R"({"from": "meta", "at": "/level"})"),
            "key 'meta' holds nothing at /level; `or` gives a value for that case");
  EXPECT_EQ(filled(R"({"from": "docs"})"), "key 'docs' is not set");
}

TEST(ValueTemplate, JoinsPartsToOneText) {
  EXPECT_EQ(filled(R"({"join": ["(", {"from": "question"}, ") * ", 1.5, true, [1]]})"),
            R"("(why?) * 1.5true[1]")");
  EXPECT_FALSE(read(R"({"join": []})").has_value());
  EXPECT_FALSE(read(R"({"join": "a"})").has_value());
  EXPECT_FALSE(read(R"({"join": ["a"], "at": "/a"})").has_value());
}

TEST(ValueTemplate, QuotesWhatLooksLikeASource) {
  EXPECT_EQ(filled(R"({"constant": {"from": "question"}})"), R"({"from":"question"})");
}

TEST(ValueTemplate, RefusesWhatItCannotMean) {
  EXPECT_FALSE(read(R"({"from": 1})").has_value());
  EXPECT_FALSE(read(R"({"from": ""})").has_value());
  EXPECT_FALSE(read(R"({"from": "docs", "at": "a"})").has_value());
  EXPECT_FALSE(read(R"({"from": "docs", "at": "/~2"})").has_value());
  EXPECT_FALSE(read(R"({"from": "docs", "then": 1})").has_value());
  EXPECT_FALSE(read(R"({"constant": 1, "or": 2})").has_value());
  EXPECT_FALSE(read(std::string(70, '[') + std::string(70, ']')).has_value());
}

TEST(ValueTemplate, SaysWhichKeysItNeeds) {
  const auto value =
      read(R"([{"from": "docs"}, {"a": {"from": "meta", "or": 1}}, {"from": "docs", "at": "/x"}])")
          .value();
  EXPECT_EQ(value.required_keys(), std::vector<KeyId>{keys::docs.id()});
  EXPECT_EQ(value.optional_keys(), std::vector<KeyId>{keys::meta.id()});
}

TEST(ValueTemplate, SharesAWholeValueOfTheSameType) {
  const State state = filled_state();
  const auto same = ValueTemplate::of(keys::question.id()).fill_as(keys::final_answer.id(), state);
  ASSERT_TRUE(same.has_value());
  EXPECT_EQ(same->get(), state.find_value(keys::question.id()));
  const auto other = ValueTemplate::of(keys::question.id()).fill_as(keys::citations.id(), state);
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().message(), "citations: expected a list, found string");
}

TEST(ValueTemplate, WritesOnlyWhatFitsTheKeysType) {
  EXPECT_TRUE(typed_value(keys::citations.id(), json(R"(["a"])")).has_value());
  EXPECT_EQ(typed_value(keys::citations.id(), json(R"(["a", 1])")).error().message(),
            "citations[1]: expected a string, found int64");
  EXPECT_TRUE(typed_value(intern_key("never declared").value(), json("[1]")).has_value());
}

TEST(ValueTemplate, KnowsPointers) {
  for (const char* good : {"", "/", "/a", "/a/0", "/a~1b", "/~0", "//"})
    EXPECT_TRUE(is_json_pointer(good)) << good;
  for (const char* bad : {"a", "a/b", "/~", "/~2", "/a~"})
    EXPECT_FALSE(is_json_pointer(bad)) << bad;
}

}  // namespace
}  // namespace muai
