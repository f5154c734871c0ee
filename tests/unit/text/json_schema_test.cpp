#include "muai/text/json_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "muai/text/yaml.h"

namespace muai {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> check(std::string_view schema, std::string_view value) {
  const Result<JsonSchema> compiled = JsonSchema::parse(schema);
  if (!compiled) return {"schema: " + compiled.error().message()};
  std::vector<std::string> out;
  const boost::json::value parsed = boost::json::parse({value.data(), value.size()});
  for (const SchemaViolation& violation : compiled->validate(parsed)) {
    out.push_back(violation.to_string());
  }
  return out;
}

TEST(JsonSchema, TypesAreChecked) {
  EXPECT_THAT(check(R"({"type":"integer"})", "3"), IsEmpty());
  EXPECT_THAT(check(R"({"type":"integer"})", "3.0"), IsEmpty());
  EXPECT_THAT(check(R"({"type":"number"})", "3"), IsEmpty());
  EXPECT_THAT(check(R"({"type":"integer"})", "3.5"),
              ElementsAre("must be an integer, is a number"));
  EXPECT_THAT(check(R"({"type":["string","null"]})", "1"),
              ElementsAre("must be null or a string, is an integer"));
  EXPECT_THAT(check("true", "1"), IsEmpty());
  EXPECT_THAT(check("false", "1"), ElementsAre("must not be here"));
}

TEST(JsonSchema, UnknownMembersNameTheNearest) {
  EXPECT_THAT(check(R"({"properties":{"step":{},"next":{}},"additionalProperties":false})",
                    R"({"stpe":1})"),
              ElementsAre("/stpe: unknown member 'stpe'; did you mean 'step'?"));
  EXPECT_THAT(check(R"({"additionalProperties":{"type":"string"}})", R"({"a/b":1})"),
              ElementsAre("/a~1b: must be a string, is an integer"));
  EXPECT_THAT(check(R"({"required":["a","b"]})", R"({"a":1})"),
              ElementsAre("member 'b' is missing"));
}

TEST(JsonSchema, EnumAndConstCompareAsJson) {
  EXPECT_THAT(check(R"({"enum":["fast","slow"]})", R"("fsat")"),
              ElementsAre("'fsat' is not among the values allowed; did you mean 'fast'?"));
  EXPECT_THAT(check(R"({"const":1})", "1.0"), IsEmpty());
  EXPECT_THAT(check(R"({"const":{"a":1,"b":2}})", R"({"b":2,"a":1})"), IsEmpty());
  EXPECT_THAT(check(R"({"const":"v1"})", R"("v2")"), ElementsAre("must be 'v1', is 'v2'"));
}

TEST(JsonSchema, BoundsAreInclusiveUnlessExclusive) {
  EXPECT_THAT(check(R"({"minimum":1,"maximum":2})", "1"), IsEmpty());
  EXPECT_THAT(check(R"({"minimum":1})", "0.5"),
              ElementsAre("5E-1 is out of range; must be at least 1"));
  EXPECT_THAT(check(R"({"exclusiveMaximum":2})", "2"),
              ElementsAre("2 is out of range; must be less than 2"));
  EXPECT_THAT(check(R"({"minimum":9007199254740993})", "9007199254740992"),
              ElementsAre("9007199254740992 is out of range; must be at least 9007199254740993"));
  EXPECT_THAT(check(R"({"minimum":0})", "18446744073709551615"), IsEmpty());
  EXPECT_THAT(check(R"({"minimum":-5,"maximum":-1})", "-3"), IsEmpty());
  EXPECT_THAT(check(R"({"minLength":2,"maxLength":2})", R"("你好")"), IsEmpty());
  EXPECT_THAT(check(R"({"minItems":1})", "[]"), ElementsAre("has 0 items; at least 1 needed"));
  EXPECT_THAT(check(R"({"maxProperties":1})", R"({"a":1,"b":2})"),
              ElementsAre("has 2 members; at most 1 allowed"));
}

TEST(JsonSchema, PatternsAreSearchedFor) {
  EXPECT_THAT(check(R"({"pattern":"^[a-z_]+$"})", R"("search_qa")"), IsEmpty());
  EXPECT_THAT(check(R"({"pattern":"b"})", R"("abc")"), IsEmpty());
  EXPECT_THAT(check(R"({"pattern":"^[a-z]+$"})", R"("No")"),
              ElementsAre("'No' does not match ^[a-z]+$"));
}

TEST(JsonSchema, FormsReportTheNearestOne) {
  constexpr std::string_view kSchema = R"({"oneOf":[{"type":"string"},
      {"type":"object","properties":{"to":{"type":"string"}},"required":["to"]}]})";
  EXPECT_THAT(check(kSchema, R"("x")"), IsEmpty());
  EXPECT_THAT(check(kSchema, R"({"to":3})"), ElementsAre("/to: must be a string, is an integer"));
  EXPECT_THAT(check(R"({"oneOf":[{"minimum":0},{"maximum":9}]})", "5"),
              ElementsAre("matches more than one of the forms of which exactly one is allowed"));
  EXPECT_THAT(check(R"({"anyOf":[{"minimum":0},{"maximum":9}]})", "5"), IsEmpty());
  EXPECT_THAT(check(R"({"allOf":[{"minimum":0},{"maximum":9}]})", "10"),
              ElementsAre("10 is out of range; must be at most 9"));
}

TEST(JsonSchema, ReferencesAreFollowedAndBounded) {
  constexpr std::string_view kTree = R"({"$ref":"#/$defs/node","$defs":{"node":{"type":"object",
      "properties":{"children":{"type":"array","items":{"$ref":"#/$defs/node"}}},
      "additionalProperties":false}}})";
  EXPECT_THAT(check(kTree, R"({"children":[{"children":[]},{"x":1}]})"),
              ElementsAre("/children/1/x: unknown member 'x'; known names: 'children'"));
  EXPECT_THAT(check(R"({"$ref":"#"})", "1"), ElementsAre(HasSubstr("too often")));
  EXPECT_THAT(check(R"({"$ref":"#/$defs/a","$defs":{"a":{"anyOf":[{"$ref":"#/$defs/a"},
      {"$ref":"#/$defs/a"}]}}})",
                    "1"),
              testing::Contains(HasSubstr("too often")));
}

TEST(JsonSchema, AFaultySchemaIsRefusedWithItsPlace) {
  EXPECT_THAT(check(R"({"properties":{"a":{"minimun":1}}})", "1"),
              ElementsAre("schema: schema at '/properties/a/minimun': unknown keyword 'minimun'; "
                          "did you mean 'minimum'?"));
  EXPECT_THAT(check(R"({"type":"strin"})", "1"), ElementsAre(HasSubstr("did you mean 'string'?")));
  EXPECT_THAT(check(R"({"pattern":"("})", "1"), ElementsAre(HasSubstr("is no RE2 pattern")));
  EXPECT_THAT(check(R"({"$ref":"http://x"})", "1"), ElementsAre(HasSubstr("leads outside")));
  EXPECT_THAT(check(R"({"$ref":"#/$defs/b","$defs":{"a":{}}})", "1"),
              ElementsAre(HasSubstr("no definition 'b'")));
  EXPECT_THAT(check(R"({"minLength":-1})", "1"), ElementsAre(HasSubstr("must be a count")));
  EXPECT_THAT(check("3", "1"), ElementsAre(HasSubstr("a schema is an object")));
  EXPECT_THAT(check("{", "1"), ElementsAre(HasSubstr("not JSON")));
  EXPECT_THAT(check(R"({"enum":[]})", "1"), ElementsAre(HasSubstr("must be a list with values")));
}

TEST(JsonSchema, YamlViolationsCarryTheirLine) {
  const YamlDocument document = read_yaml("name: 3\nstpes: []\n", "w.yaml").value();
  const JsonSchema schema = JsonSchema::parse(R"({"properties":{"name":{"type":"string"},
      "steps":{}},"additionalProperties":false})")
                                .value();
  const Result<void> checked = check_yaml(document, schema);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().message(),
            "w.yaml:1:7: /name: must be a string, is an integer\n"
            "w.yaml:2:1: /stpes: unknown member 'stpes'; did you mean 'steps'?");
  EXPECT_TRUE(check_yaml(read_yaml("name: x", "w.yaml").value(), schema));
}

}  // namespace
}  // namespace muai
