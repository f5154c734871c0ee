#include "net/url_host.h"

#include <fmt/format.h>
#include <unicode/bytestream.h>
#include <unicode/idna.h>
#include <unicode/stringpiece.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "net/address_text.h"
#include "net/ascii.h"
#include "net/percent.h"

namespace muai {
namespace {

// Mapping and punycode are quadratic in the length of a label, and no resolver takes more than
// 253 bytes; a longer Unicode name is refused instead of costing seconds.
constexpr std::size_t kUnicodeDomainBytesMax = 4096;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_forbidden_host_byte(char c) {
  static constexpr std::string_view kForbidden("\0\t\n\r #/:<>?@[\\]^|", 17);
  return kForbidden.find(c) != std::string_view::npos;
}

bool is_forbidden_domain_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return is_forbidden_host_byte(c) || byte <= 0x1F || c == '%' || byte == 0x7F;
}

// Mappings of Unicode 15.1 to 16 that ICU 72 does not know yet. Absent: nothing to map; 0: the code
// point is ignored.
std::optional<UChar32> late_mapping(UChar32 c) {
  if ((c >= 0x10A0 && c <= 0x10C5) || c == 0x10C7 || c == 0x10CD) return c + 0x1C60;  // Georgian
  if (c >= 0x1D173 && c <= 0x1D17A) return 0;  // musical format controls
  if (c >= 0x206A && c <= 0x206F) return 0;    // deprecated format controls
  switch (c) {
    case 0x1E9E: return 0xDF;  // capital sharp s, no longer "ss"
    case 0x04C0: return 0x04CF;
    case 0x2132: return 0x214E;
    case 0x2183: return 0x2184;
    case 0x2F868: return 0x36FC;
    case 0x2F874: return 0x5F53;
    case 0x2F91F: return 0x43AB;
    case 0x2F95F: return 0x7AAE;
    case 0x2F9BF: return 0x4D57;
    case 0x115F:
    case 0x1160:
    case 0x3164:
    case 0xFFA0:  // Hangul fillers
    case 0x17B4:
    case 0x17B5:  // Khmer inherent vowels
    case 0x180E: return 0;
    default: return std::nullopt;
  }
}

// `domain` is valid UTF-8.
std::string with_late_mappings(std::string_view domain) {
  std::string out;
  out.reserve(domain.size());
  const auto size = static_cast<std::int32_t>(domain.size());
  for (std::int32_t at = 0; at < size;) {
    const std::int32_t begin = at;
    UChar32 c = 0;
    U8_NEXT(domain.data(), at, size, c);
    const auto mapped = late_mapping(c);
    if (!mapped) {
      out += domain.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(at - begin));
    } else if (*mapped != 0) {
      icu::UnicodeString(*mapped).toUTF8String(out);
    }
  }
  return out;
}

const icu::IDNA* idna() {
  static const std::unique_ptr<const icu::IDNA> instance = [] {
    UErrorCode status = U_ZERO_ERROR;
    return std::unique_ptr<const icu::IDNA>(icu::IDNA::createUTS46Instance(
        UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII |
            UIDNA_NONTRANSITIONAL_TO_UNICODE,
        status));
  }();
  return instance.get();
}

// A punycode label that holds no Unicode ("xn--", "xn--abc-") is an error since Unicode 15.1.
bool has_empty_punycode(std::string_view ascii) {
  while (!ascii.empty()) {
    const std::string_view label = ascii.substr(0, ascii.find('.'));
    if (label.starts_with("xn--") && (label.size() == 4 || label.ends_with('-'))) return true;
    ascii.remove_prefix(std::min(ascii.size(), label.size() + 1));
  }
  return false;
}

struct Ipv4Number {
  std::uint64_t value = 0;  // saturates above 2^32
  bool valid = false;
};

// Decimal, octal with a leading 0, hexadecimal with a leading 0x.
Ipv4Number ipv4_number(std::string_view text) {
  unsigned radix = 10;
  if (text.empty()) return {};
  if (text.starts_with("0x") || text.starts_with("0X")) {
    radix = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text.front() == '0') {
    radix = 8;
    text.remove_prefix(1);
  }
  Ipv4Number number{.value = 0, .valid = true};
  for (const char c : text) {
    unsigned digit = 99;
    if (c >= '0' && c <= '9') digit = static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') digit = static_cast<unsigned>(c - 'A' + 10);
    if (digit >= radix) return {};
    number.value = std::min(number.value * radix + digit, std::uint64_t{1} << 40);
  }
  return number;
}

std::string_view without_final_dot(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

bool ends_in_number(std::string_view host) {
  host = without_final_dot(host);
  const std::string_view last = host.substr(host.rfind('.') + 1);
  if (last.empty()) return false;
  const bool digits = std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; });
  return digits || ipv4_number(last).valid;
}

OrReason<UrlHost> ipv4_host(std::string_view host) {
  host = without_final_dot(host);
  std::uint64_t bits = 0;
  for (int part = 0;; ++part) {
    if (part == 4) return std::unexpected("has more than four numbers");
    const std::size_t dot = host.find('.');
    const Ipv4Number number = ipv4_number(host.substr(0, dot));
    if (!number.valid) return std::unexpected("ends in a number but is no IPv4 address");
    if (dot == std::string_view::npos) {
      // The last number fills all bytes that are left.
      if (number.value >> (8 * (4 - part)) != 0) return std::unexpected("is too large for IPv4");
      bits |= number.value;
      break;
    }
    if (number.value > 255) return std::unexpected("has a number above 255");
    bits |= number.value << (24 - 8 * part);
    host.remove_prefix(dot + 1);
  }
  const Address address = Address::ipv4(static_cast<std::uint32_t>(bits));
  return UrlHost{address.to_string(), Url::HostKind::IPv4, address};
}

OrReason<UrlHost> opaque_host(std::string_view input) {
  if (std::ranges::any_of(input, is_forbidden_host_byte)) {
    return std::unexpected("has a forbidden character");
  }
  UrlHost host{.text = {}, .kind = Url::HostKind::Opaque, .address = std::nullopt};
  if (input.empty()) host.kind = Url::HostKind::Empty;
  percent_encode(input, PercentSet::C0Control, host.text);
  return host;
}

}  // namespace

OrReason<std::string> map_domain(std::string_view domain) {
  // Browsers take ASCII names as they are, invalid punycode included.
  if (is_ascii(domain)) return lower_ascii(domain);
  if (domain.size() > kUnicodeDomainBytesMax) return std::unexpected("is too long");

  const std::string mapped = with_late_mappings(domain);
  std::string ascii;
  icu::StringByteSink<std::string> sink(&ascii);
  icu::IDNAInfo outcome;
  UErrorCode status = U_ZERO_ERROR;
  idna()->nameToASCII_UTF8(
      icu::StringPiece(mapped.data(), static_cast<std::int32_t>(mapped.size())), sink, outcome,
      status);
  // Lengths and hyphens are not judged (VerifyDnsLength and CheckHyphens are off).
  constexpr std::uint32_t kAccepted =
      UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG | UIDNA_ERROR_DOMAIN_NAME_TOO_LONG |
      UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4;
  if (U_FAILURE(status) || (outcome.getErrors() & ~kAccepted) != 0 || has_empty_punycode(ascii)) {
    return std::unexpected("is no valid international domain name");
  }
  return ascii;
}

OrReason<UrlHost> parse_url_host(std::string_view input, HostSyntax syntax) {
  if (input.starts_with('[')) {
    if (!input.ends_with(']')) return std::unexpected("opens a bracket and does not close it");
    const auto bytes = parse_ipv6_text(input.substr(1, input.size() - 2));
    if (!bytes) return std::unexpected("is in brackets but no IPv6 address");
    const Address address = Address::ipv6(*bytes);
    return UrlHost{fmt::format("[{}]", address.to_string()), Url::HostKind::IPv6, address};
  }
  if (syntax == HostSyntax::Opaque) return opaque_host(utf8_or_replacement(input));

  auto domain = map_domain(utf8_or_replacement(percent_decode(input)));
  if (!domain) return std::unexpected(domain.error());
  if (domain->empty()) return std::unexpected("is empty");
  if (std::ranges::any_of(*domain, is_forbidden_domain_byte)) {
    return std::unexpected("has a forbidden character");
  }
  if (ends_in_number(*domain)) return ipv4_host(*domain);
  return UrlHost{*std::move(domain), Url::HostKind::Domain, std::nullopt};
}

}  // namespace muai
