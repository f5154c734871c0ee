// The corpus of URLs that the fetch guard must block or allow.

#include <gtest/gtest.h>

#include "tests/support/fetch_site.h"
#include "tests/support/json_lines.h"

namespace muai {
namespace {

namespace json = boost::json;
using testing::fake_redirect;
using testing::FetchSite;
using testing::json_lines;

std::vector<std::string> texts(const json::object& row, std::string_view member) {
  std::vector<std::string> out;
  if (!row.contains(member)) return out;
  for (const json::value& value : row.at(member).as_array()) {
    out.emplace_back(value.as_string());
  }
  return out;
}

// How the answers of a row reach us: together, or one by one while the name is looked up again.
enum class Dns { Together, OneByOne };

void set_up(FetchSite& site, const json::object& row, Dns dns) {
  const auto addresses = texts(row, "dns");
  const auto url = Url::parse(std::string(row.at("url").as_string()));
  if (url && !addresses.empty()) {
    std::vector<std::vector<std::string>> answers;
    if (dns == Dns::Together) answers.push_back(addresses);
    if (dns == Dns::OneByOne) {
      for (const std::string& address : addresses) answers.push_back({address});
    }
    site.net.set_names(std::string(url->host()), answers);
  }
  std::string from = url ? url->href() : "";
  for (const std::string& to : texts(row, "redirects")) {
    site.net.set_answer(from, fake_redirect(to));
    const auto next = Url::parse(to, *url);
    if (!next) return;
    from = next->href();
  }
}

void expect_only_public_peers(const FetchSite& site) {
  for (const auto& seen : site.net.seen()) {
    ASSERT_TRUE(seen.address);
    EXPECT_EQ(scope_of(*seen.address), AddressScope::Public) << seen.address->to_string();
  }
}

TEST(Ssrf, BlocksAndAllowsExactlyWhatTheCorpusSays) {
  int cases = 0;
  for (const json::value& value : json_lines("ssrf/urls.jsonl")) {
    const json::object& row = value.as_object();
    SCOPED_TRACE(json::serialize(row));
    FetchSite site;
    set_up(site, row, Dns::Together);
    const auto response = site.get(std::string(row.at("url").as_string()));
    const std::string_view expect = row.at("expect").as_string();
    ++cases;
    expect_only_public_peers(site);
    if (expect == "block") EXPECT_FALSE(response);
    if (expect == "allow") EXPECT_TRUE(response) << response.error().message();
    if (expect == "allow-if-encoded" && response) {
      for (const auto& seen : site.net.seen()) {
        EXPECT_EQ(seen.url.href().find_first_of("\r\n"), std::string::npos);
      }
    }
    if (!response) EXPECT_NE(response.error().message(), "");
  }
  EXPECT_EQ(cases, 318);
}

TEST(Ssrf, ANameThatChangesItsAnswerNeverReachesAPrivateAddress) {
  for (const json::value& value : json_lines("ssrf/urls.jsonl")) {
    const json::object& row = value.as_object();
    if (!row.contains("dns")) continue;
    SCOPED_TRACE(json::serialize(row));
    FetchSite site;
    set_up(site, row, Dns::OneByOne);
    for (int again = 0; again < 3; ++again) {
      (void)site.get(std::string(row.at("url").as_string()));
    }
    expect_only_public_peers(site);
  }
}

TEST(Ssrf, EveryRefusalHappensBeforeAConnection) {
  for (const json::value& value : json_lines("ssrf/urls.jsonl")) {
    const json::object& row = value.as_object();
    if (row.at("expect").as_string() != "block" || row.contains("redirects")) continue;
    FetchSite site;
    set_up(site, row, Dns::Together);
    (void)site.get(std::string(row.at("url").as_string()));
    EXPECT_TRUE(site.net.seen().empty()) << json::serialize(row);
  }
}

}  // namespace
}  // namespace muai
