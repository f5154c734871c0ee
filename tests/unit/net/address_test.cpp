#include "muai/net/address.h"

#include <gtest/gtest.h>

#include <set>

namespace muai {
namespace {

struct ScopeCase {
  const char* address;
  AddressScope scope;
};

// First and last address of each block, and the public neighbours on both sides.
constexpr ScopeCase kScopes[] = {
    {"0.0.0.0", AddressScope::ThisNetwork},
    {"0.255.255.255", AddressScope::ThisNetwork},
    {"1.0.0.0", AddressScope::Public},
    {"9.255.255.255", AddressScope::Public},
    {"10.0.0.0", AddressScope::Private},
    {"10.255.255.255", AddressScope::Private},
    {"11.0.0.0", AddressScope::Public},
    {"100.63.255.255", AddressScope::Public},
    {"100.64.0.0", AddressScope::Shared},
    {"100.127.255.255", AddressScope::Shared},
    {"100.128.0.0", AddressScope::Public},
    {"126.255.255.255", AddressScope::Public},
    {"127.0.0.0", AddressScope::Loopback},
    {"127.255.255.255", AddressScope::Loopback},
    {"128.0.0.0", AddressScope::Public},
    {"168.63.129.15", AddressScope::Public},
    {"168.63.129.16", AddressScope::CloudMetadata},
    {"168.63.129.17", AddressScope::Public},
    {"169.253.255.255", AddressScope::Public},
    {"169.254.0.0", AddressScope::LinkLocal},
    {"169.254.255.255", AddressScope::LinkLocal},
    {"169.255.0.0", AddressScope::Public},
    {"172.15.255.255", AddressScope::Public},
    {"172.16.0.0", AddressScope::Private},
    {"172.31.255.255", AddressScope::Private},
    {"172.32.0.0", AddressScope::Public},
    {"191.255.255.255", AddressScope::Public},
    {"192.0.0.0", AddressScope::Reserved},
    {"192.0.0.255", AddressScope::Reserved},
    {"192.0.1.0", AddressScope::Public},
    {"192.0.2.0", AddressScope::Documentation},
    {"192.0.2.255", AddressScope::Documentation},
    {"192.0.3.0", AddressScope::Public},
    {"192.88.99.0", AddressScope::Reserved},
    {"192.88.100.0", AddressScope::Public},
    {"192.167.255.255", AddressScope::Public},
    {"192.168.0.0", AddressScope::Private},
    {"192.168.255.255", AddressScope::Private},
    {"192.169.0.0", AddressScope::Public},
    {"198.17.255.255", AddressScope::Public},
    {"198.18.0.0", AddressScope::Benchmark},
    {"198.19.255.255", AddressScope::Benchmark},
    {"198.20.0.0", AddressScope::Public},
    {"198.51.100.0", AddressScope::Documentation},
    {"198.51.101.0", AddressScope::Public},
    {"203.0.113.255", AddressScope::Documentation},
    {"203.0.114.0", AddressScope::Public},
    {"223.255.255.255", AddressScope::Public},
    {"224.0.0.0", AddressScope::Multicast},
    {"239.255.255.255", AddressScope::Multicast},
    {"240.0.0.0", AddressScope::Reserved},
    {"255.255.255.254", AddressScope::Reserved},
    {"255.255.255.255", AddressScope::Broadcast},
    {"::", AddressScope::ThisNetwork},
    {"::1", AddressScope::Loopback},
    {"::2", AddressScope::Tunnelled},
    {"::127.0.0.1", AddressScope::Tunnelled},
    {"::93.184.215.14", AddressScope::Tunnelled},
    {"::ffff:127.0.0.1", AddressScope::Loopback},
    {"::ffff:169.254.169.254", AddressScope::LinkLocal},
    {"::ffff:93.184.215.14", AddressScope::Public},
    {"64:ff9b::10.0.0.1", AddressScope::Private},
    {"64:ff9b::93.184.215.14", AddressScope::Public},
    {"64:ff9b:1::5db8:d70e", AddressScope::Tunnelled},
    {"64:ff9b:2::1", AddressScope::Reserved},
    {"100::1", AddressScope::Reserved},
    {"1fff:ffff::", AddressScope::Reserved},
    {"2000::", AddressScope::Public},
    {"2001::5db8:d70e", AddressScope::Tunnelled},
    {"2001:1::1", AddressScope::Reserved},
    {"2001:2::1", AddressScope::Benchmark},
    {"2001:1ff::1", AddressScope::Reserved},
    {"2001:200::1", AddressScope::Public},
    {"2001:db7:ffff::", AddressScope::Public},
    {"2001:db8::1", AddressScope::Documentation},
    {"2001:db9::", AddressScope::Public},
    {"2002:5db8:d70e::1", AddressScope::Tunnelled},
    {"2003::1", AddressScope::Public},
    {"2606:2800:21f:cb07:6820:80da:af6b:8b2c", AddressScope::Public},
    {"3ffe:ffff::", AddressScope::Public},
    {"3fff::1", AddressScope::Documentation},
    {"3fff:1000::1", AddressScope::Public},
    {"4000::", AddressScope::Reserved},
    {"5f00::1", AddressScope::Reserved},
    {"fbff::", AddressScope::Reserved},
    {"fc00::", AddressScope::UniqueLocal},
    {"fdff:ffff::", AddressScope::UniqueLocal},
    {"fe00::", AddressScope::Reserved},
    {"fe80::1", AddressScope::LinkLocal},
    {"febf::1", AddressScope::LinkLocal},
    {"fec0::1", AddressScope::SiteLocal},
    {"feff::1", AddressScope::SiteLocal},
    {"ff02::1", AddressScope::Multicast},
};

TEST(Address, EveryBlockHasExactlyItsBounds) {
  for (const ScopeCase& row : kScopes) {
    const auto address = Address::parse(row.address);
    ASSERT_TRUE(address) << row.address;
    EXPECT_EQ(scope_of(*address), row.scope)
        << row.address << " is " << to_string(scope_of(*address));
  }
}

TEST(Address, EveryScopeHasItsOwnName) {
  std::set<std::string_view> names;
  for (const ScopeCase& row : kScopes) names.insert(to_string(row.scope));
  EXPECT_EQ(names.size(), 15U);
}

TEST(Address, WritesIpv6AsRfc5952Does) {
  const std::pair<const char*, const char*> rows[] = {
      {"0:0:0:0:0:0:0:0", "::"},
      {"2001:0DB8::0001", "2001:db8::1"},
      {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
      {"1:0:0:2:2:0:0:3", "1::2:2:0:0:3"},
      {"1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"},
      {"0:0:1::", "0:0:1::"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"::ffff:1.2.3.4", "::ffff:102:304"},
  };
  for (const auto& [in, out] : rows) EXPECT_EQ(Address::parse(in).value().to_string(), out);
  EXPECT_EQ(Address::parse("192.0.2.1").value().to_string(), "192.0.2.1");
}

TEST(Address, RefusesEverythingElse) {
  for (const char* text : {"",
                           "1",
                           "1.2.3",
                           "1.2.3.4.5",
                           "1.2.3.256",
                           "01.2.3.4",
                           "1.2.3.4 ",
                           "0x7f.0.0.1",
                           "1..2.3",
                           "1.2.3.",
                           "1.2.3.1000",
                           ":",
                           ":1",
                           "1:",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1::2::3",
                           ":::",
                           "12345::",
                           "g::",
                           "::1.2.3",
                           "::1.2.3.256",
                           "::1.2.3.04",
                           "::.1.2.3",
                           "::1.2.3.4.5",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "1:2:3:4:5:6:7:8::",
                           "fe80::1%eth0",
                           "[::1]",
                           "::1.2.3.4:5",
                           "1:2:3:4:5:6::1.2.3.4"}) {
    EXPECT_FALSE(Address::parse(text)) << text;
  }
}

TEST(Address, ComparesByFamilyAndBytes) {
  EXPECT_EQ(Address::ipv4(0x7F000001), Address::parse("127.0.0.1").value());
  EXPECT_NE(Address(), Address::parse("::").value());
  EXPECT_EQ(Address::parse("1.2.3.4").value().ipv4_bits(), 0x01020304U);
}

}  // namespace
}  // namespace muai
