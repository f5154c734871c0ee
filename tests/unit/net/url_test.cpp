#include "muai/net/url.h"

#include <gtest/gtest.h>

#include "tests/support/json_lines.h"

namespace muai {
namespace {

namespace json = boost::json;
using testing::json_lines;

std::string text(const json::value& value) { return std::string(value.as_string()); }

Result<Url> parse_case(const json::object& row) {
  if (row.at("base").is_null()) return Url::parse(text(row.at("input")));
  auto base = Url::parse(text(row.at("base")));
  if (!base) return base;
  return Url::parse(text(row.at("input")), *base);
}

std::string with_mark(std::string mark, std::optional<std::string_view> value) {
  return value && !value->empty() ? mark + std::string(*value) : std::string();
}

void expect_components(const Url& url, const json::object& row) {
  const std::string port = url.port() ? std::to_string(*url.port()) : "";
  const std::string host = std::string(url.host()) + (port.empty() ? "" : ":" + port);
  EXPECT_EQ(url.href(), text(row.at("href")));
  EXPECT_EQ(std::string(url.scheme()) + ":", text(row.at("protocol")));
  EXPECT_EQ(url.username(), text(row.at("username")));
  EXPECT_EQ(url.password(), text(row.at("password")));
  EXPECT_EQ(host, text(row.at("host")));
  EXPECT_EQ(url.host(), text(row.at("hostname")));
  EXPECT_EQ(port, text(row.at("port")));
  EXPECT_EQ(url.path(), text(row.at("pathname")));
  EXPECT_EQ(with_mark("?", url.query()), text(row.at("search")));
  EXPECT_EQ(with_mark("#", url.fragment()), text(row.at("hash")));
  if (row.contains("origin")) EXPECT_EQ(url.origin(), text(row.at("origin")));
}

TEST(Url, ParsesEveryCaseOfTheWebPlatformTests) {
  int cases = 0;
  for (const json::value& value : json_lines("url/urltestdata.jsonl")) {
    if (!value.is_object()) continue;
    const json::object& row = value.as_object();
    SCOPED_TRACE(json::serialize(row));
    const auto url = parse_case(row);
    ++cases;
    if (row.contains("failure")) {
      EXPECT_FALSE(url) << url->href();
      continue;
    }
    if (!url) {
      ADD_FAILURE() << url.error().message();
      continue;
    }
    expect_components(*url, row);
  }
  EXPECT_EQ(cases, 627);
}

TEST(Url, ParsingItsOwnTextChangesNothing) {
  for (const json::value& value : json_lines("url/urltestdata.jsonl")) {
    const auto url = parse_case(value.as_object());
    if (!url) continue;
    const auto again = Url::parse(url->href());
    ASSERT_TRUE(again) << url->href();
    EXPECT_EQ(again->href(), url->href());
  }
}

TEST(Url, MapsDomainsAsTheWebPlatformTestsSay) {
  int cases = 0;
  for (const json::value& value : json_lines("url/toascii.jsonl")) {
    const json::object& row = value.as_object();
    SCOPED_TRACE(json::serialize(row));
    const auto url = Url::parse("https://" + text(row.at("input")) + "/x");
    ++cases;
    if (row.at("output").is_null()) {
      EXPECT_FALSE(url) << url->href();
    } else {
      ASSERT_TRUE(url) << url.error().message();
      EXPECT_EQ(url->host(), text(row.at("output")));
    }
  }
  EXPECT_EQ(cases, 65);
}

// Unicode versions after ICU 72 settled these; browsers agree.
TEST(Url, MapsWhatLaterUnicodeVersionsSettled) {
  EXPECT_EQ(domain_to_ascii("\u10BA.\u03C2").value(), "xn--ilj.xn--3xa");  // Georgian capital
  EXPECT_EQ(domain_to_ascii("a\u3164b.com").value(), "ab.com");            // Hangul filler
  EXPECT_EQ(domain_to_ascii("fa\u1E9E.de").value(), "xn--fa-hia.de");
}

TEST(Url, RefusesPunycodeThatHoldsNoUnicode) {
  EXPECT_FALSE(domain_to_ascii("xn--.\u00DF"));
  EXPECT_FALSE(domain_to_ascii("xn--abc-.\u00DF"));
}

TEST(Url, RefusesUnicodeNamesThatWouldCostSeconds) {
  std::string name;
  for (int i = 0; i < 3000; ++i) name += "\u00FC";
  EXPECT_FALSE(Url::parse("http://" + name + "/"));
}

TEST(Url, RefusesInputBeyondItsBound) {
  const auto url = Url::parse("http://example.org/" + std::string(kUrlBytesMax, 'a'));
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().code(), ErrorCode::LimitExceeded);
  EXPECT_LT(url.error().message().size(), 400U);
}

TEST(Url, ShowsNoSecrets) {
  const Url url =
      Url::parse("https://me:hunter2@example.org/a?q=x&api_key=abc&X-Amz-Signature=de#f").value();
  EXPECT_EQ(url.display(), "https://example.org/a?q=x&api_key=***&X-Amz-Signature=***");
  const auto bad = Url::parse("https://me:hunter2@exa mple.org/?token=abc\x1B");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message().find("hunter2"), std::string::npos);
  EXPECT_EQ(bad.error().message().find("abc"), std::string::npos);
  EXPECT_EQ(bad.error().message().find('\x1B'), std::string::npos);
}

TEST(Url, SaysWhyAnInputIsNoUrl) {
  EXPECT_EQ(Url::parse("example.org").error().message(),
            "'example.org' is no URL: it has no scheme; write it like https://example.org/page");
  EXPECT_EQ(Url::parse("http://1.2.3.4.5/").error().message(),
            "'http://1.2.3.4.5/' is no URL: its host has more than four numbers; write it like "
            "https://example.org/page");
}

TEST(Url, KeepsComponentsApart) {
  const Url url = Url::parse("https://example.org:8443/a?b#c").value();
  EXPECT_EQ(url.effective_port(), 8443);
  EXPECT_EQ(Url::parse("http://h/").value().effective_port(), 80);
  EXPECT_EQ(Url::parse("mailto:a@b").value().effective_port(), std::nullopt);
  EXPECT_EQ(url.request_target(), "/a?b");
  EXPECT_EQ(url.with_fragment("x y").href(), "https://example.org:8443/a?b#x%20y");
  EXPECT_EQ(url.with_fragment(std::nullopt).href(), "https://example.org:8443/a?b");
  EXPECT_TRUE(url.is_special());
  EXPECT_EQ(url.host_kind(), Url::HostKind::Domain);
  EXPECT_EQ(url.address(), std::nullopt);
  EXPECT_EQ(Url::parse("http://0x7F.1/").value().address(), Address::ipv4(0x7F000001));
  EXPECT_EQ(Url::parse("http://[::1]/").value().address(), Address::parse("::1").value());
}

TEST(Url, TakesBrokenUtf8AsReplacementCharacters) {
  EXPECT_EQ(Url::parse("http://h/\xFF\xE4\xBD").value().href(), "http://h/%EF%BF%BD%EF%BF%BD");
  EXPECT_EQ(Url::parse("http://h/\xF0\x9F\x98\x80\xED\xA0\x80").value().path(),
            "/%F0%9F%98%80%EF%BF%BD%EF%BF%BD%EF%BF%BD");
  EXPECT_FALSE(Url::parse("http://\xFF/"));
}

}  // namespace
}  // namespace muai
