#pragma once

// IP addresses, and whether the public internet is behind them.
//
//   MUAI_TRY(Address peer, Address::parse("169.254.169.254"));
//   scope_of(peer);    // AddressScope::LinkLocal
//
// The fetch guard connects to Public addresses only, whatever form the address was written in:
// IPv4 addresses carried inside IPv6 ones are unwrapped and judged, too.

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "muai/core/result.h"

namespace muai {

// An IPv4 or IPv6 address: a small value without port or zone.
class Address {
 public:
  enum class Family : std::uint8_t { IPv4, IPv6 };
  using Bytes = std::array<std::uint8_t, 16>;

  // The unspecified IPv4 address, 0.0.0.0.
  constexpr Address() = default;

  // `bits` in host order: ipv4(0x7F000001) is 127.0.0.1.
  static Address ipv4(std::uint32_t bits);
  // `bytes` in network order.
  static Address ipv6(const Bytes& bytes);

  // Reads exactly "d.d.d.d" (decimal, no leading zeros) or IPv6 text without brackets or zone.
  // Fails with InvalidInput on anything else; the short, octal and hexadecimal IPv4 forms are the
  // URL parser's business.
  static Result<Address> parse(std::string_view text);

  Family family() const { return family_; }
  bool is_ipv4() const { return family_ == Family::IPv4; }

  // The IPv4 address as a number in host order. Requires is_ipv4().
  std::uint32_t ipv4_bits() const;
  // Network order. An IPv4 address fills the first four bytes; the rest are zero.
  const Bytes& bytes() const { return bytes_; }

  // "127.0.0.1"; IPv6 compressed as in RFC 5952, without brackets.
  std::string to_string() const;

  friend auto operator<=>(const Address&, const Address&) = default;

 private:
  Bytes bytes_{};
  Family family_ = Family::IPv4;
};

// What stands behind an address. Only Public may be reached by the `page` policy.
enum class AddressScope : std::uint8_t {
  Public,
  ThisNetwork,    // 0.0.0.0/8, ::
  Loopback,       // 127.0.0.0/8, ::1
  Private,        // RFC 1918
  LinkLocal,      // 169.254.0.0/16 with the cloud metadata services, fe80::/10
  Shared,         // carrier-grade NAT, 100.64.0.0/10
  CloudMetadata,  // a platform's control address in public space, 168.63.129.16
  Benchmark,      // 198.18.0.0/15, 2001:2::/48
  Documentation,  // 192.0.2.0/24 and its like, 2001:db8::/32, 3fff::/20
  Multicast,      // 224.0.0.0/4, ff00::/8
  Reserved,       // 240.0.0.0/4, 192.0.0.0/24, IPv6 outside 2000::/3, and other special uses
  Broadcast,      // 255.255.255.255
  UniqueLocal,    // fc00::/7
  SiteLocal,      // fec0::/10
  Tunnelled,      // IPv4 inside a deprecated or local form: compatible, 6to4, Teredo, local NAT64
};

// "public", "loopback", "private, RFC 1918", ... Never empty, each its own.
std::string_view to_string(AddressScope scope);

// Judges `address` by the IANA special-purpose registries. An IPv4-mapped or well-known NAT64
// address is judged as the IPv4 address inside; other embeddings are never Public.
AddressScope scope_of(const Address& address);

}  // namespace muai
