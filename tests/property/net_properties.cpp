// Laws of the network edge that hold for every input.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "muai/net/address.h"
#include "muai/net/robots.h"
#include "muai/net/url.h"
#include "tests/support/fetch_site.h"

namespace muai {
namespace {

using testing::fake_redirect;
using testing::FetchSite;

// Addresses with many zero bytes, as real ones have, so that compression is exercised.
rc::Gen<Address> addresses() {
  const auto byte = rc::gen::weightedOneOf<std::uint8_t>(
      {{2, rc::gen::just(std::uint8_t{0})}, {1, rc::gen::arbitrary<std::uint8_t>()}});
  const auto six = rc::gen::map(rc::gen::container<std::vector<std::uint8_t>>(16, byte),
                                [](const std::vector<std::uint8_t>& bytes) {
                                  Address::Bytes array{};
                                  std::copy(bytes.begin(), bytes.end(), array.begin());
                                  return Address::ipv6(array);
                                });
  const auto four = rc::gen::map(rc::gen::arbitrary<std::uint32_t>(), &Address::ipv4);
  return rc::gen::oneOf(six, four);
}

// Text made of what URLs are made of, in any order.
rc::Gen<std::string> url_like_text() {
  const auto piece = rc::gen::elementOf(std::vector<std::string>{
      "http", "https", "file", "foo", ":",  "/",  "//", "\\",   "?",         "#",    "@",
      ".",    "..",    "%2e",  "%",   "a",  "B",  "[",  "]",    "[::1]",     "127",  "0x7f",
      "1.2",  ":80",   ":0",   " ",   "\t", "\n", "c:", "|",    "xn--",      "ü",    "。",
      "{",    "^",     "'",    "\"",  "<",  "é",  "+",  "\xFF", "localhost", "..%2E"});
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                      [](const std::vector<std::string>& pieces) {
                        std::string text;
                        for (const std::string& part : pieces) text += part;
                        return text;
                      });
}

RC_GTEST_PROP(Net, AnAddressIsWhatItsTextSays, ()) {
  const Address address = *addresses();
  RC_ASSERT(Address::parse(address.to_string()).value() == address);
}

RC_GTEST_PROP(Net, AMappedAddressHasTheScopeOfTheOneInside, (std::uint32_t bits)) {
  Address::Bytes bytes{};
  bytes[10] = bytes[11] = 0xFF;
  const Address four = Address::ipv4(bits);
  std::copy_n(four.bytes().begin(), 4, bytes.begin() + 12);
  RC_ASSERT(scope_of(Address::ipv6(bytes)) == scope_of(four));
}

RC_GTEST_PROP(Net, ParsingAUrlTwiceChangesNothing, ()) {
  const auto base = Url::parse("https://example.org/a/b?c").value();
  const auto url = Url::parse(*url_like_text(), base);
  if (!url) return;
  RC_ASSERT(Url::parse(url->href()).value() == *url);
  RC_ASSERT(Url::parse(url->href(), base).value() == *url);
}

RC_GTEST_PROP(Net, NoUrlTextHoldsABlankOrControlByteOutsideAnOpaquePath, ()) {
  const auto url = Url::parse("http://h/" + *url_like_text());
  if (!url) return;
  for (const char c : url->href()) RC_ASSERT(c > ' ' && c < 0x7F);
}

RC_GTEST_PROP(Net, NoAnswerOfAnyResolverLeadsToAPrivatePeer, ()) {
  const auto answers = *rc::gen::container<std::vector<Address>>(addresses());
  FetchSite site;
  std::vector<std::string> texts;
  for (const Address& address : answers) texts.push_back(address.to_string());
  site.net.set_names("a.test", {texts, {"93.184.215.14"}});
  site.net.set_answer("http://b.test/", fake_redirect("http://a.test/"));
  const auto page = site.get("http://b.test/");
  for (const auto& seen : site.net.seen())
    RC_ASSERT(scope_of(*seen.address) == AddressScope::Public);
  const bool all_public = std::all_of(answers.begin(), answers.end(), [](const Address& address) {
    return scope_of(address) == AddressScope::Public;
  });
  RC_ASSERT(page.has_value() == (all_public && !answers.empty()));
}

RC_GTEST_PROP(Net, RobotsRulesThatDisallowEverythingDo, ()) {
  const auto url = Url::parse("http://foo.bar/" + *url_like_text());
  if (!url || url->path() == "/robots.txt") return;
  const RobotsRules rules = RobotsRules::parse("user-agent: *\ndisallow: /\n");
  RC_ASSERT(!rules.allows("MuAI", *url));
}

}  // namespace
}  // namespace muai
