#include "muai/net/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "net/address_text.h"

namespace muai {
namespace {

// A block of IPv4 addresses: those whose first `length` bits are those of `bits`.
struct Ipv4Block {
  std::uint32_t bits;
  int length;
  AddressScope scope;
};

// The IANA IPv4 special-purpose registry, where not globally reachable. First match wins.
constexpr Ipv4Block kIpv4Blocks[] = {
    {0x00000000, 8, AddressScope::ThisNetwork},
    {0x0A000000, 8, AddressScope::Private},
    {0x64400000, 10, AddressScope::Shared},
    {0x7F000000, 8, AddressScope::Loopback},
    {0xA83F8110, 32, AddressScope::CloudMetadata},
    {0xA9FE0000, 16, AddressScope::LinkLocal},
    {0xAC100000, 12, AddressScope::Private},
    {0xC0000000, 24, AddressScope::Reserved},
    {0xC0000200, 24, AddressScope::Documentation},
    {0xC0586300, 24, AddressScope::Reserved},  // 192.88.99.0/24, the former 6to4 relay anycast
    {0xC0A80000, 16, AddressScope::Private},
    {0xC6120000, 15, AddressScope::Benchmark},
    {0xC6336400, 24, AddressScope::Documentation},
    {0xCB007100, 24, AddressScope::Documentation},
    {0xE0000000, 4, AddressScope::Multicast},
    {0xFFFFFFFF, 32, AddressScope::Broadcast},
    {0xF0000000, 4, AddressScope::Reserved},
};

struct Ipv6Block {
  std::array<std::uint16_t, 6> pieces;  // the first 96 bits; enough for every entry
  int length;
  AddressScope scope;
};

// Special blocks of IPv6. Whatever is in none of them and outside 2000::/3 is Reserved.
constexpr Ipv6Block kIpv6Blocks[] = {
    {{0x64, 0xFF9B, 1}, 48, AddressScope::Tunnelled},   // NAT64 within one network
    {{0, 0, 0, 0, 0, 0}, 96, AddressScope::Tunnelled},  // IPv4-compatible
    {{0xFC00}, 7, AddressScope::UniqueLocal},
    {{0xFE80}, 10, AddressScope::LinkLocal},
    {{0xFEC0}, 10, AddressScope::SiteLocal},
    {{0xFF00}, 8, AddressScope::Multicast},
    {{0x2001, 0}, 32, AddressScope::Tunnelled},  // Teredo
    {{0x2001, 2, 0}, 48, AddressScope::Benchmark},
    {{0x2001, 0xDB8}, 32, AddressScope::Documentation},
    {{0x2001}, 23, AddressScope::Reserved},   // IETF protocol assignments
    {{0x2002}, 16, AddressScope::Tunnelled},  // 6to4
    {{0x3FFF}, 20, AddressScope::Documentation},
};

bool in_block(std::uint32_t bits, const Ipv4Block& block) {
  return ((bits ^ block.bits) >> (32 - block.length)) == 0;
}

std::uint16_t piece(const Address::Bytes& bytes, std::size_t index) {
  return static_cast<std::uint16_t>(bytes[2 * index] << 8 | bytes[2 * index + 1]);
}

bool in_block(const Address::Bytes& bytes, const Ipv6Block& block) {
  int left = block.length;
  for (std::size_t i = 0; left > 0; ++i, left -= 16) {
    const int shift = left >= 16 ? 0 : 16 - left;
    if ((piece(bytes, i) ^ block.pieces[i]) >> shift != 0) return false;
  }
  return true;
}

std::uint32_t low_bits(const Address::Bytes& bytes) {
  return std::uint32_t{piece(bytes, 6)} << 16 | piece(bytes, 7);
}

AddressScope ipv4_scope(std::uint32_t bits) {
  for (const Ipv4Block& block : kIpv4Blocks) {
    if (in_block(bits, block)) return block.scope;
  }
  return AddressScope::Public;
}

AddressScope ipv6_scope(const Address::Bytes& bytes) {
  static constexpr Ipv6Block kMapped{{0, 0, 0, 0, 0, 0xFFFF}, 96, AddressScope::Public};
  static constexpr Ipv6Block kNat64{{0x64, 0xFF9B, 0, 0, 0, 0}, 96, AddressScope::Public};
  static constexpr Ipv6Block kGlobal{{0x2000}, 3, AddressScope::Public};

  if (std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; })) {
    return AddressScope::ThisNetwork;
  }
  if (std::all_of(bytes.begin(), bytes.end() - 1, [](std::uint8_t byte) { return byte == 0; }) &&
      bytes.back() == 1) {
    return AddressScope::Loopback;
  }
  if (in_block(bytes, kMapped) || in_block(bytes, kNat64)) return ipv4_scope(low_bits(bytes));
  for (const Ipv6Block& block : kIpv6Blocks) {
    if (in_block(bytes, block)) return block.scope;
  }
  return in_block(bytes, kGlobal) ? AddressScope::Public : AddressScope::Reserved;
}

// Where the longest run of two or more zero pieces lies: RFC 5952 writes it as "::".
struct ZeroRun {
  std::size_t begin = 8;
  std::size_t length = 0;
};

ZeroRun longest_zero_run(const Address::Bytes& bytes) {
  ZeroRun best;
  ZeroRun run;
  for (std::size_t i = 0; i < 8; ++i) {
    if (piece(bytes, i) != 0) {
      run.length = 0;
      continue;
    }
    if (run.length == 0) run.begin = i;
    if (++run.length > best.length) best = run;
  }
  return best.length >= 2 ? best : ZeroRun{};
}

std::string ipv6_text(const Address::Bytes& bytes) {
  const ZeroRun zeros = longest_zero_run(bytes);
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == zeros.begin) {
      text += i == 0 ? "::" : ":";
      i += zeros.length - 1;
      continue;
    }
    text += fmt::format("{:x}", piece(bytes, i));
    if (i != 7) text += ':';
  }
  return text;
}

std::optional<std::uint32_t> dotted_decimal(std::string_view text) {
  std::uint32_t bits = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (text.empty() || text.front() != '.') return std::nullopt;
      text.remove_prefix(1);
    }
    std::size_t digits = 0;
    std::uint32_t value = 0;
    while (digits < text.size() && digits < 4 && text[digits] >= '0' && text[digits] <= '9') {
      value = value * 10 + static_cast<std::uint32_t>(text[digits++] - '0');
    }
    if (digits == 0 || value > 255 || (digits > 1 && text.front() == '0')) return std::nullopt;
    text.remove_prefix(digits);
    bits = bits << 8 | value;
  }
  return text.empty() ? std::optional(bits) : std::nullopt;
}

}  // namespace

Address Address::ipv4(std::uint32_t bits) {
  Address address;
  for (std::size_t i = 0; i < 4; ++i) {
    address.bytes_[i] = static_cast<std::uint8_t>(bits >> (24 - 8 * i));
  }
  return address;
}

Address Address::ipv6(const Bytes& bytes) {
  Address address;
  address.bytes_ = bytes;
  address.family_ = Family::IPv6;
  return address;
}

std::uint32_t Address::ipv4_bits() const {
  return std::uint32_t{piece(bytes_, 0)} << 16 | piece(bytes_, 1);
}

Result<Address> Address::parse(std::string_view text) {
  if (const auto bits = dotted_decimal(text)) return ipv4(*bits);
  if (const auto bytes = parse_ipv6_text(text)) return ipv6(*bytes);
  return fail(ErrorCode::InvalidInput,
              fmt::format("'{}' is no IP address; write it as 192.0.2.1 or 2001:db8::1",
                          text.substr(0, 64)));
}

std::string Address::to_string() const {
  if (!is_ipv4()) return ipv6_text(bytes_);
  return fmt::format("{}.{}.{}.{}", bytes_[0], bytes_[1], bytes_[2], bytes_[3]);
}

std::string_view to_string(AddressScope scope) {
  switch (scope) {
    case AddressScope::Public: return "public";
    case AddressScope::ThisNetwork: return "this network";
    case AddressScope::Loopback: return "loopback";
    case AddressScope::Private: return "private, RFC 1918";
    case AddressScope::LinkLocal: return "link-local";
    case AddressScope::Shared: return "carrier-grade NAT";
    case AddressScope::CloudMetadata: return "cloud control";
    case AddressScope::Benchmark: return "benchmark";
    case AddressScope::Documentation: return "documentation";
    case AddressScope::Multicast: return "multicast";
    case AddressScope::Reserved: return "reserved";
    case AddressScope::Broadcast: return "broadcast";
    case AddressScope::UniqueLocal: return "unique local";
    case AddressScope::SiteLocal: return "site-local";
    case AddressScope::Tunnelled: return "tunnelled IPv4";
  }
  return "unknown";
}

AddressScope scope_of(const Address& address) {
  return address.is_ipv4() ? ipv4_scope(address.ipv4_bits()) : ipv6_scope(address.bytes());
}

}  // namespace muai
