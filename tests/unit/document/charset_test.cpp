#include "muai/document/charset.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <string>

#include "document/ascii.h"
#include "muai/text/utf8.h"

namespace muai {
namespace {

std::string decode_base64(std::string_view text) {
  std::string out;
  unsigned bits = 0, count = 0;
  for (const char c : text) {
    static constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) break;
    bits = bits << 6 | static_cast<unsigned>(value);
    count += 6;
    if (count >= 8) out += static_cast<char>(bits >> (count -= 8) & 255);
  }
  return out;
}

TEST(Charset, AgreesWithHtml5libOnEveryCase) {
  std::ifstream in(MUAI_TEST_DATA "/html5lib/encoding.jsonl");
  std::string line;
  int cases = 0;
  while (std::getline(in, line)) {
    const auto row = boost::json::parse(line).as_object();
    const std::string bytes = decode_base64(std::string(row.at("data_b64").as_string()));
    const std::string expected = ascii_lower(std::string(row.at("encoding").as_string()));
    const Charset found = detect_charset(bytes, {}, CharsetContent::Html);
    EXPECT_EQ(found.name, expected) << bytes.substr(0, 300);
    ++cases;
  }
  EXPECT_GE(cases, 50);
}

TEST(Charset, KnowsTheLabelsOfTheEncodingStandard) {
  EXPECT_EQ(charset_for_label("latin1"), "windows-1252");
  EXPECT_EQ(charset_for_label(" GB2312 \n"), "gbk");
  EXPECT_EQ(charset_for_label("x-sjis"), "shift_jis");
  EXPECT_EQ(charset_for_label("UTF8"), "utf-8");
  EXPECT_EQ(charset_for_label("utf-7"), "");
  EXPECT_EQ(charset_for_label(""), "");
}

TEST(Charset, ReadsTheParameterOfContentType) {
  EXPECT_EQ(charset_parameter("text/html; charset=\"GBK\""), "GBK");
  EXPECT_EQ(charset_parameter("text/html;version=1; Charset = big5"), "big5");
  EXPECT_EQ(charset_parameter("text/html"), "");
}

TEST(Charset, PrefersTheMarkThenTheHeaderThenTheMetaElement) {
  const std::string meta = "<meta charset=gbk><p>x";
  EXPECT_EQ(detect_charset(meta, "", CharsetContent::Html).name, "gbk");
  EXPECT_EQ(detect_charset(meta, "", CharsetContent::Text).name, "windows-1252");
  EXPECT_EQ(detect_charset(meta, "big5", CharsetContent::Html).name, "big5");
  EXPECT_EQ(detect_charset("\xEF\xBB\xBF" + meta, "big5", CharsetContent::Html).name, "utf-8");
}

struct Sample {
  std::string_view charset, bytes, utf8;
};

class CharsetDecoding : public testing::TestWithParam<Sample> {};

TEST_P(CharsetDecoding, GivesTheCharactersMeant) {
  EXPECT_EQ(decode_to_utf8(GetParam().bytes, GetParam().charset), GetParam().utf8);
}

INSTANTIATE_TEST_SUITE_P(Encodings, CharsetDecoding,
                         testing::Values(Sample{"windows-1252", "na\xEFve \x80", "naïve €"},
                                         Sample{"gbk", "\xD6\xD0\xCE\xC4", "中文"},
                                         Sample{"big5", "\xA4\xA4\xA4\xE5", "中文"},
                                         Sample{"shift_jis", "\x93\xFA\x96\x7B", "日本"},
                                         Sample{"euc-kr", "\xC7\xD1\xB1\xDB", "한글"},
                                         Sample{"koi8-r", "\xF0\xD2\xC9", "При"},
                                         Sample{"utf-16be",
                                                std::string_view("\xFE\xFF\0n\0a\0\xEF", 8), "naï"},
                                         Sample{"utf-8",
                                                "\xEF\xBB\xBF"
                                                "a\xFF"
                                                "b",
                                                "a\xEF\xBF\xBD"
                                                "b"},
                                         Sample{"replacement", "abc", "\xEF\xBF\xBD"}));

TEST(Charset, GuessesChineseWithoutAnyDeclaration) {
  std::string bytes;
  for (int i = 0; i < 20; ++i)
    bytes += "\xD5\xE2\xCA\xC7\xD2\xBB\xB8\xF6\xD6\xD0\xCE\xC4\xCE\xC4\xB5\xB5\xA1\xA3";
  const Charset found = detect_charset(bytes, {}, CharsetContent::Text);
  EXPECT_EQ(found.source, CharsetSource::Guess);
  EXPECT_TRUE(decode_to_utf8(bytes, found.name).starts_with("这是一个中文文档。")) << found.name;
}

TEST(Charset, SeesUtf16WithoutAMark) {
  const std::string_view bytes("h\0e\0l\0l\0o\0 \0y\0o\0u\0", 18);
  EXPECT_EQ(detect_charset(bytes, {}, CharsetContent::Text).name, "utf-16le");
}

TEST(Charset, DoesNotBelieveUtf8ThatIsNot) {
  const Charset found = detect_charset("caf\xE9 cr\xE8me \xE9t\xE9", "utf-8", CharsetContent::Text);
  EXPECT_NE(found.name, "utf-8");
  EXPECT_TRUE(is_valid_utf8(decode_to_utf8("caf\xE9", found.name)));
}

TEST(Charset, KeepsUtf8WithRareDamage) {
  EXPECT_EQ(detect_charset("äöüäöüäöüäöü\xFF", "utf-8", CharsetContent::Text).name, "utf-8");
}

}  // namespace
}  // namespace muai
