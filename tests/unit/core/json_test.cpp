#include "muai/core/json.h"

#include <gtest/gtest.h>

#include <bit>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "muai/core/sha256.h"
#include "muai/core/text_map.h"

namespace muai {
namespace {

std::string round_trip(std::string_view text) {
  return write_json(parse_json(text).value()).value();
}

TEST(Json, KeepsEveryBitOfADouble) {
  for (const char* text :
       {"-0.0", "0.1", "5e-324", "1.7976931348623157e+308", "2.2250738585072011e-308",
        "9007199254740993.0", "0.30000000000000004"}) {
    const double value = parse_json(text).value().as_double();
    EXPECT_EQ(std::bit_cast<std::uint64_t>(value),
              std::bit_cast<std::uint64_t>(std::strtod(text, nullptr)))
        << text;
    EXPECT_EQ(std::bit_cast<std::uint64_t>(parse_json(round_trip(text)).value().as_double()),
              std::bit_cast<std::uint64_t>(value));
  }
}

TEST(Json, KeepsSixtyFourBitIntegers) {
  EXPECT_EQ(round_trip("[-9223372036854775808,18446744073709551615]"),
            "[-9223372036854775808,18446744073709551615]");
}

TEST(Json, RefusesDuplicateMembersByName) {
  const auto parsed = parse_json(R"({"a": {"b": 1, "b": 2}})");
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().message().find("duplicate member \"b\""), std::string::npos);
}

TEST(Json, RefusesDuplicatesInLargeObjectsToo) {
  std::string text = "{";
  for (int i = 0; i < 100; ++i) text += "\"k" + std::to_string(i) + "\":1,";
  EXPECT_FALSE(parse_json(text + "\"k7\":2}"));
  EXPECT_TRUE(parse_json(text + "\"new\":2}"));
}

TEST(Json, RefusesNumbersThatDoNotFitADouble) { EXPECT_FALSE(parse_json("[1e999]")); }

TEST(Json, RefusesDeepNesting) {
  EXPECT_FALSE(parse_json(std::string(1000, '[') + std::string(1000, ']')));
}

TEST(Json, RefusesTextAfterTheValue) { EXPECT_FALSE(parse_json("{} {}")); }

TEST(Json, RefusesNotANumberOnWriting) {
  const auto text =
      write_json(boost::json::value{{"a", {std::numeric_limits<double>::quiet_NaN()}}});
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().message(), "a[0]: JSON has no NaN and no infinity");
}

// The cases of JSONTestSuite: y_ must be read, n_ must be refused, i_ may be either. Two y_ cases
// hold duplicate members, which this reader refuses on purpose.
TEST(Json, AgreesWithTheJsonTestSuite) {
  std::size_t seen = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(MUAI_TEST_DATA "/json/test_parsing")) {
    const std::string name = file.path().filename();
    std::ifstream in(file.path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    const bool read = parse_json(text).has_value();
    ++seen;
    if (name.starts_with("y_object_duplicated_key")) {
      EXPECT_FALSE(read) << name;
    } else if (name.starts_with("y_")) {
      EXPECT_TRUE(read) << name;
    } else if (name.starts_with("n_")) {
      EXPECT_FALSE(read) << name;
    }
  }
  EXPECT_GT(seen, 100u);
}

TEST(Sha256, MatchesThePublishedExample) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(TextMap, KeepsInsertionOrderAndReplacesInPlace) {
  TextMap map;
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(map.set("k" + std::to_string(i), "old"));
  EXPECT_FALSE(map.set("k3", "new"));
  EXPECT_EQ(map[3].second, "new");
  EXPECT_EQ(*map.find("k39"), "old");
  EXPECT_EQ(map.find("k40"), nullptr);
}

}  // namespace
}  // namespace muai
