#pragma once

// The IPv6 text form, read by addresses and by URLs alike.

#include <optional>
#include <string_view>

#include "muai/net/address.h"

namespace muai {

// The IPv6 parser of the WHATWG URL Standard (without brackets); empty when `text` is none.
std::optional<Address::Bytes> parse_ipv6_text(std::string_view text);

}  // namespace muai
