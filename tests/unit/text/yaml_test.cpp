#include "muai/text/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <map>
#include <set>

namespace muai {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::StartsWith;

std::string read(std::string_view yaml) {
  const Result<YamlDocument> document = read_yaml(yaml, "f.yaml");
  return document ? json::serialize(document->value()) : document.error().message();
}

TEST(Yaml, MapsListsAndScalarsBecomeJsonInOrder) {
  EXPECT_EQ(read("b: 1\na:\n  - x\n  - 'y z'\n  - \"q\\n\"\nc: {d: [1, 2]}\n"),
            R"({"b":1,"a":["x","y z","q\n"],"c":{"d":[1,2]}})");
  EXPECT_EQ(read("text: |\n  a\n  b\nfolded: >\n  a\n  b\n"),
            R"({"text":"a\nb\n","folded":"a b\n"})");
  EXPECT_EQ(read(""), "null");
  EXPECT_EQ(read("# only a comment\n"), "null");
  EXPECT_EQ(read("\xEF\xBB\xBF名: 值"), R"({"名":"值"})");
}

TEST(Yaml, OnlyTrueAndFalseAreBooleans) {
  EXPECT_EQ(read("[true, false, yes, no, on, off, True, FALSE, y]"),
            R"([true,false,"yes","no","on","off","True","FALSE","y"])");
  EXPECT_EQ(read("[\"true\", 'null', ~, null, , Null, NULL]"),
            R"(["true","null",null,null,null,"Null","NULL"])");
  EXPECT_EQ(read("a:\nb: ~"), R"({"a":null,"b":null})");
}

TEST(Yaml, NumbersHave64BitsAndOneMeaning) {
  EXPECT_EQ(read("[0, -7, +3, 9223372036854775807, -9223372036854775808, 18446744073709551615]"),
            "[0,-7,3,9223372036854775807,-9223372036854775808,18446744073709551615]");
  EXPECT_EQ(read("[010, 0x1F, 0o7, 1_000, .inf, .nan, 1.2.3, 12:30:45, 1e, -, .]"),
            R"(["010","0x1F","0o7","1_000",".inf",".nan","1.2.3","12:30:45","1e","-","."])");
  EXPECT_EQ(read("[1.5, -0.25, .5, 1e3, 2.]"), "[1.5E0,-2.5E-1,5E-1,1E3,2E0]");
  EXPECT_EQ(read("a: 99999999999999999999"),
            "f.yaml:1:4: integer 99999999999999999999 does not fit in 64 bits; quote it to keep it "
            "as text");
  EXPECT_THAT(read("1e999"), HasSubstr("out of range"));
}

TEST(Yaml, WhatHasTwoMeaningsIsRefusedWithItsPlace) {
  EXPECT_EQ(read("a: 1\nb: 2\na: 3\n"), "f.yaml:3:1: duplicate key 'a' (first at 1:1); remove one");
  EXPECT_EQ(read("a: &x 1\n"), "f.yaml:1:4: anchors (&x) are not read; write the value out");
  EXPECT_EQ(read("a: *x\n").substr(0, 12), "f.yaml:1:4: ");
  EXPECT_EQ(read("a: !!str 3\n").substr(0, 17), "f.yaml:1:4: tags ");
  EXPECT_EQ(read("x:\n  1: one\n"), "f.yaml:2:3: key 1 is not a string; quote it: \"1\"");
  EXPECT_THAT(read("true: 1"), StartsWith("f.yaml:1:1: key true is not a string"));
  EXPECT_THAT(read("? [a]\n: b\n"), HasSubstr("as a key"));
  EXPECT_THAT(read("<<: {a: 1}"), HasSubstr("merge keys"));
  EXPECT_THAT(read("a: 1\n---\nb: 2\n"), StartsWith("f.yaml:2:1: a second document"));
  EXPECT_EQ(read("no: 1\n'1': 2"), R"({"no":1,"1":2})");
}

TEST(Yaml, ColumnsCountCharacters) {
  EXPECT_EQ(read("{你好: 1, 你好: 2}"),
            "f.yaml:1:9: duplicate key '你好' (first at 1:2); remove one");
}

TEST(Yaml, BrokenSyntaxNamesItsPlace) {
  EXPECT_THAT(read("a: [1, 2\nb: 3"), StartsWith("f.yaml:"));
  EXPECT_THAT(read("a: [1, 2"), HasSubstr("end of sequence flow not found"));
  EXPECT_THAT(read("a: b: c"), StartsWith("f.yaml:1:"));
  EXPECT_THAT(read("ok: 1\nbad: \xFF\n"), StartsWith("f.yaml:2:6: a byte that is not UTF-8"));
  EXPECT_THAT(read(std::string_view("a: \0b", 5)), StartsWith("f.yaml:1:4: "));
  EXPECT_THAT(read("a:\n\t- b"), StartsWith("f.yaml:"));
}

TEST(Yaml, PositionsFollowJsonPointers) {
  const YamlDocument document =
      read_yaml("name: x\nnodes:\n  - step: a\n    \"a/b\": [1, 22]\n  - {}\n", "w.yaml").value();
  EXPECT_EQ(document.position(""), (TextPosition{1, 1}));
  EXPECT_EQ(document.position("/name"), (TextPosition{1, 7}));
  EXPECT_EQ(document.key_position("/name"), (TextPosition{1, 1}));
  EXPECT_EQ(document.position("/nodes/0"), (TextPosition{3, 5}));
  EXPECT_EQ(document.position("/nodes/0/a~1b/1"), (TextPosition{4, 16}));
  EXPECT_EQ(document.key_position("/nodes/0/a~1b"), (TextPosition{4, 5}));
  EXPECT_EQ(document.position("/nodes/1/missing/deeper"), (TextPosition{5, 5}));
  EXPECT_EQ(document.position("/nodes/7"), (TextPosition{3, 3}));
  EXPECT_EQ(document.where("/nodes/0/step"), "w.yaml:3:11");
}

ErrorCode code_of(std::string_view yaml) {
  const Result<YamlDocument> document = read_yaml(yaml, "f.yaml");
  return document ? ErrorCode::Io : document.error().code();
}

// A value, or an error that names a place in the file.
bool is_answered(std::string_view yaml) {
  const Result<YamlDocument> document = read_yaml(yaml, "f.yaml");
  return document || document.error().message().starts_with("f.yaml:");
}

std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string text;
  while (text.size() + piece.size() <= bytes) text += piece;
  return text;
}

TEST(Yaml, BoundsHoldBeforeTheStackOrTheClockSuffers) {
  EXPECT_EQ(code_of(repeated("x", kYamlBytesMax) + "y"), ErrorCode::LimitExceeded);
  EXPECT_EQ(code_of(repeated("- ", kYamlBytesMax)), ErrorCode::LimitExceeded);
  EXPECT_EQ(code_of(repeated("- a\n", kYamlBytesMax)), ErrorCode::LimitExceeded);
  const std::string deep = std::string(64, '[') + std::string(64, ']');
  EXPECT_TRUE(read_yaml(deep, "f.yaml"));
  EXPECT_EQ(code_of("[" + deep + "]"), ErrorCode::LimitExceeded);
}

TEST(Yaml, HostileShapesEndInAnAnswer) {
  for (const std::string_view piece :
       {"? ",    ": ",   "a: b: ",    "\n- ",  "'",           "\"",    "|\n",
        ">-\n ", "&a ",  "*a ",       "!!a ",  "%YAML 1.2\n", "---\n", "...\n",
        "# c\n", "a\n",  "[]",        "{}",    "{a,",         "[a:",   "\t",
        "\r",    "- - ", "\"\\u0041", "- a\n", "a: 1\n",      " a:\n", "你: "}) {
    EXPECT_TRUE(is_answered(repeated(piece, 20'000))) << piece;
  }
}

struct SuiteResult {
  std::map<std::string, std::size_t> counts;
  std::set<std::string> different;
};

// The suite of the YAML project: each case is a value or a typed error. Where we give a value and
// the suite has one, they agree, except for what we mean otherwise.
TEST(Yaml, TheYamlTestSuiteGivesTheExpectedValueOrATypedError) {
  std::ifstream file(MUAI_TEST_DATA "/yaml/cases.jsonl");
  ASSERT_TRUE(file);
  SuiteResult result;
  for (std::string line; std::getline(file, line);) {
    const json::object test = json::parse(line).as_object();
    const std::string id(test.at("id").as_string());
    const Result<YamlDocument> document = read_yaml(test.at("yaml").as_string(), id);
    if (!document) {
      ++result.counts[test.contains("fail") ? "refused rightly" : "refused"];
      EXPECT_TRUE(document.error().code() == ErrorCode::InvalidConfig ||
                  document.error().code() == ErrorCode::LimitExceeded);
      EXPECT_THAT(document.error().message(), StartsWith(id + ":"));
    } else if (test.contains("fail")) {
      ++result.counts["accepted, though not YAML"];
    } else if (test.contains("json")) {
      ++result.counts["value"];
      if (document->value() != test.at("json")) result.different.insert(id);
    }
  }
  EXPECT_GT(result.counts["value"], 100u);
  EXPECT_GT(result.counts["refused rightly"], 30u);
  // yaml-cpp folds lines that hold only blanks to nothing.
  EXPECT_THAT(result.different, testing::ElementsAre("JEF9-02", "NAT4"));
}

RC_GTEST_PROP(Yaml, AnyTextGivesAnAnswer, ()) {
  const auto piece = rc::gen::element<std::string>("a", ": ", "- ", "\n", "  ", "[", "]", "{", "}",
                                                   ",", "'", "\"", "#", "|", ">", "1", "true", "~",
                                                   "?", "&b", "*b", "!", "---", "%", "\\", "你");
  std::string text;
  for (const std::string& one : *rc::gen::container<std::vector<std::string>>(piece)) text += one;
  RC_ASSERT(is_answered(text));
}

}  // namespace
}  // namespace muai
