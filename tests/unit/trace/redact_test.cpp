#include "muai/trace/redact.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/json_lines.h"

namespace muai {
namespace {

std::string joined(const boost::json::array& parts) {
  std::string text;
  for (const auto& part : parts) text += std::string(part.as_string());
  return text;
}

// The context is a format string: {s} is the place, {{ and }} are braces.
std::string in_context(std::string_view context, std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < context.size(); ++i) {
    if (context.substr(i, 3) == "{s}") {
      out += value;
      i += 2;
    } else {
      out += context[i];
      if (context.substr(i, 2) == "{{" || context.substr(i, 2) == "}}") ++i;
    }
  }
  return out;
}

TEST(Redactor, NoSecretOfTheCorpusStays) {
  const Redactor redactor;
  for (const auto& line : testing::json_lines("secrets/cases.jsonl")) {
    const auto& test = line.as_object();
    const std::string text =
        in_context(std::string(test.at("ctx").as_string()), joined(test.at("parts").as_array()));
    const std::string cleaned = redactor.redacted(text);
    EXPECT_EQ(redactor.is_clean(text), cleaned == text) << text;
    EXPECT_EQ(redactor.redacted(cleaned), cleaned) << text;
    if (const auto* stays = test.if_contains("must_stay")) {
      EXPECT_NE(cleaned.find(std::string(stays->as_string())), std::string::npos) << cleaned;
      continue;
    }
    for (const auto& part : test.at("must_vanish").as_array()) {
      EXPECT_EQ(cleaned.find(std::string(part.as_string())), std::string::npos) << cleaned;
    }
  }
}

TEST(Redactor, ConfiguredSecretsGoInEverySpelling) {
  const Redactor redactor({"pa ss\"word", "short", "abc"});
  EXPECT_EQ(redactor.redacted("x pa ss\"word y"), "x [redacted] y");
  EXPECT_EQ(redactor.redacted(R"({"p":"pa ss\"word"})"), R"({"p":"[redacted]"})");
  EXPECT_EQ(redactor.redacted("?p=pa%20ss%22word&q"), "?p=[redacted]&q");
  EXPECT_EQ(redactor.redacted("shortshort"), "[redacted][redacted]");
  EXPECT_EQ(redactor.redacted("abc stays: it is three bytes"), "abc stays: it is three bytes");
}

TEST(Redactor, ALongerSecretThatContainsAnotherGoesWhole) {
  const Redactor redactor({"alpha", "alphabet-soup"});
  EXPECT_EQ(redactor.redacted("alphabet-soup, alpha"), "[redacted], [redacted]");
}

TEST(Redactor, CredentialsInsideEscapedTextGo) {
  const Redactor redactor;
  const std::string key = "sk-proj-A1RnvifWPcAEs8DMUcBftFixqihCTcAtpPf9ay4u5RJ9o9P0";
  for (const std::string before : {"", "\\n", "\\u003d", "%3D", "(", "=", "\""}) {
    EXPECT_EQ(redactor.redacted(before + key + " end"), before + "[redacted] end") << before;
  }
}

TEST(Redactor, TheUserAndHostOfAUrlStay) {
  EXPECT_EQ(Redactor().redacted("see https://ann:hunter2@db.example:8080/x?y=1"),
            "see https://ann:[redacted]@db.example:8080/x?y=1");
}

TEST(Redactor, PasswordsGoInAssignmentsHeadersAndJson) {
  const Redactor redactor;
  EXPECT_EQ(redactor.redacted("https://h/?password=tiger&x=1"),
            "https://h/?password=[redacted]&x=1");
  EXPECT_EQ(redactor.redacted(R"({"password": "correct horse"})"),
            R"({"password": "[redacted] horse"})");
  EXPECT_EQ(redactor.redacted("db_password='s3'"), "db_password='[redacted]'");
  EXPECT_EQ(redactor.redacted("Proxy-Authorization: Basic dXNlcjpwYXNz"),
            "Proxy-Authorization: Basic [redacted]");
}

TEST(Redactor, ProseAndIdentifiersStay) {
  const Redactor redactor;
  for (const std::string text :
       {"sk-learn-contrib-imbalanced-learn is a package",
        "npm_config_registry_override_for_tests",
        "hf_hub_download_with_retries_and_more",
        "Authorization: required for all users",
        "token: a piece of text",
        "The cookie: a recipe",
        "max_tokens=4096",
        "the key=value form",
        "request_sha256: 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
        "AKIA is a prefix",
        "bearer bonds and bearers",
        "a@b.example",
        "http://h:80/a@b",
        "password: required",
        "eyJ is how tokens begin.",
        "-----BEGIN CERTIFICATE-----",
        "password=$PASSWORD",
        "MAKIAVELLI1234567890",
        "密码: 至少十二个字符",
        "latency_ms: 12.5"}) {
    EXPECT_EQ(redactor.redacted(text), text);
    EXPECT_TRUE(redactor.is_clean(text)) << text;
  }
}

TEST(Redactor, AnUnfinishedPrivateKeyGoesToTheEnd) {
  EXPECT_EQ(Redactor().redacted("a -----BEGIN RSA PRIVATE KEY-----\nMIIEow\nAAA"), "a [redacted]");
}

// Repeated beginnings of credentials once made scans start over at each of them.
TEST(Redactor, TimeIsLinearInHostileText) {
  const Redactor redactor({"sk-sk-sk-x"});
  for (const std::string part :
       {"sk-", "eyJ-", "token=", "https://a:", "-----BEGIN ", "cookie:", "bearer ", "AIza", "://@",
        "password:", "a.eyJ", "-----BEGIN PRIVATE KEY"}) {
    std::string text;
    while (text.size() < 1'000'000) text += part;
    EXPECT_LE(redactor.redacted(text).size(), text.size() * 4) << part;
  }
}

}  // namespace
}  // namespace muai
