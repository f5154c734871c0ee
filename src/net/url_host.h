#pragma once

// The host part of a URL: names, numbers in all their spellings, IPv6, opaque hosts.

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "muai/net/address.h"
#include "muai/net/url.h"

namespace muai {

struct UrlHost {
  std::string text;  // as serialised
  Url::HostKind kind = Url::HostKind::Empty;
  std::optional<Address> address;
};

enum class HostSyntax : std::uint8_t { Special, Opaque };

// The value, or why there is none: the end of a sentence that begins "the host ...".
template <class T>
using OrReason = std::expected<T, std::string_view>;

OrReason<UrlHost> parse_url_host(std::string_view input, HostSyntax syntax);

OrReason<std::string> map_domain(std::string_view domain);

}  // namespace muai
