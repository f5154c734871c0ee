// Rules in the order in which they cost least: scheme, credentials, the operator's own list, port,
// name, and for literal addresses the scope. Names that have to be resolved are judged again by
// `check_addresses`, on what the resolver said.

#include "net/egress_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace muai {
namespace {

std::string_view without_final_dot(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

bool is_localhost(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost");
}

// Names that never mean a public host: special-use domains (RFC 6761, 6762, 8375), names that
// /etc/hosts files give to loopback, and what clouds and routers use inside.
bool is_local_name(std::string_view host) {
  static constexpr std::string_view kDomains[] = {"localhost", "localdomain", "local",  "internal",
                                                  "intranet",  "lan",         "home",   "corp",
                                                  "home.arpa", "onion",       "invalid"};
  return std::ranges::any_of(kDomains, [&](std::string_view domain) {
    return host == domain ||
           (host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
  });
}

std::string place_of(const Url& url) {
  return fmt::format("{}:{}", without_final_dot(url.host()), url.effective_port().value_or(0));
}

std::string origin_of(const Url& url) {
  return fmt::format("{}://{}", url.scheme(), place_of(url));
}

std::unexpected<Error> refuse(const Url& url, std::string_view why) {
  return fail(ErrorCode::Refused, fmt::format("'{}' is not fetched: {}", url.display(), why));
}

void set_host(const Url& url, Destination& destination) {
  const std::string_view host = without_final_dot(url.host());
  if (const auto address = url.address()) {
    destination.addresses = {*address};
  } else if (is_localhost(host)) {
    Address::Bytes six{};
    six.back() = 1;
    destination.addresses = {Address::ipv4(0x7F000001), Address::ipv6(six)};
  } else {
    destination.name = host;
  }
}

bool is_loopback(const Destination& destination) {
  return !destination.unix_socket.empty() ||
         (!destination.addresses.empty() &&
          std::ranges::all_of(destination.addresses, [](const Address& address) {
            return scope_of(address) == AddressScope::Loopback;
          }));
}

Result<std::string> read_place(const std::string& entry) {
  const auto url = Url::parse("http://" + entry + "/");
  const bool has_port = !entry.empty() && entry.rfind(':') != std::string::npos &&
                        !entry.ends_with(':') && !entry.ends_with(']') &&
                        (entry.front() == '[' || entry.find(':') == entry.rfind(':'));
  if (!url || !has_port || url->path() != "/" || url->has_credentials() || url->query() ||
      url->fragment()) {
    return fail(ErrorCode::InvalidConfig,
                fmt::format("private host '{}' is not HOST:PORT; write it like 127.0.0.1:8080",
                            display_of_invalid_url(entry)));
  }
  return place_of(*url);
}

}  // namespace

Result<EgressRules> EgressRules::create(const FetcherOptions& options) {
  EgressRules rules;
  rules.ports_ = options.ports;
  rules.network_ = options.network;
  rules.public_pace_ = options.public_pace;
  for (const std::string& entry : options.private_hosts) {
    MUAI_TRY(std::string place, read_place(entry));
    rules.private_places_.push_back(std::move(place));
  }
  for (const ConfiguredOrigin& origin : options.origins) {
    MUAI_TRY_VOID(rules.add_origin(origin));
  }
  return rules;
}

Result<void> EgressRules::add_origin(ConfiguredOrigin origin) {
  const auto url = Url::parse(origin.url);
  if (!url) return fail(ErrorCode::InvalidConfig, url.error().message());
  if (url->scheme() != "http" && url->scheme() != "https") {
    return fail(
        ErrorCode::InvalidConfig,
        fmt::format("'{}' is no endpoint: it must begin with http:// or https://", url->display()));
  }
  if (url->has_credentials()) {
    return fail(ErrorCode::InvalidConfig,
                fmt::format("'{}' has a user name or password in it; put keys into their own "
                            "setting",
                            url->display()));
  }
  remove_origin(*url);
  origins_.push_back({.origin = origin_of(*url), .settings = std::move(origin)});
  return {};
}

void EgressRules::remove_origin(const Url& url) {
  std::erase_if(origins_, [&](const Origin& entry) { return entry.origin == origin_of(url); });
}

Result<Destination> EgressRules::check(const Url& url, Egress egress) const {
  if (url.scheme() != "http" && url.scheme() != "https") {
    return refuse(url, "only http and https are fetched");
  }
  if (url.has_credentials()) {
    return refuse(url, "it carries a user name or password; remove them from the URL");
  }
  return egress == Egress::Page ? check_page(url) : check_configured(url);
}

Result<Destination> EgressRules::check_configured(const Url& url) const {
  const auto found = std::ranges::find(origins_, origin_of(url), &Origin::origin);
  if (found == origins_.end()) {
    return refuse(url,
                  "its origin is not in the configuration; only origins written there are "
                  "used with keys");
  }
  Destination destination;
  destination.reach = Destination::Reach::AnyAddress;
  destination.unix_socket = found->settings.unix_socket;
  destination.headers = found->settings.headers;
  destination.pace = found->settings.pace;
  destination.pace_key = found->origin;
  if (destination.unix_socket.empty()) set_host(url, destination);
  if (network_ == NetworkAccess::Offline && !is_loopback(destination)) {
    return refuse(url, "the network is off (--offline) and this endpoint is not on loopback");
  }
  return destination;
}

Result<Destination> EgressRules::check_page(const Url& url) const {
  Destination destination;
  set_host(url, destination);
  destination.pace_key = without_final_dot(url.host());
  destination.pace = public_pace_;
  if (std::ranges::find(private_places_, place_of(url)) != private_places_.end()) {
    destination.reach = Destination::Reach::AnyAddress;
    if (is_loopback(destination)) {
      destination.pace = {};
    } else if (network_ == NetworkAccess::Offline) {
      return refuse(url, "the network is off (--offline) and this host is not loopback");
    }
    return destination;
  }
  MUAI_TRY_VOID(check_public_name(url));
  MUAI_TRY_VOID(check_addresses(destination, destination.addresses, url));
  if (network_ == NetworkAccess::Offline) {
    return refuse(url, "the network is off (--offline)");
  }
  return destination;
}

Result<void> EgressRules::check_public_name(const Url& url) const {
  const std::uint16_t port = url.effective_port().value_or(0);
  if (std::ranges::find(ports_, port) == ports_.end()) {
    return refuse(url, fmt::format("port {} is not among {}; allow the host as '{}' in the private "
                                   "hosts if you mean it",
                                   port, fmt::join(ports_, ", "), place_of(url)));
  }
  const std::string_view host = without_final_dot(url.host());
  if (url.host_kind() == Url::HostKind::Domain &&
      (is_local_name(host) || host.find('.') == std::string_view::npos)) {
    return refuse(url, fmt::format("'{}' is a local name; allow '{}' in the private hosts if you "
                                   "mean it",
                                   host, place_of(url)));
  }
  return {};
}

Result<void> check_addresses(const Destination& destination, std::span<const Address> addresses,
                             const Url& url) {
  if (destination.reach == Destination::Reach::AnyAddress) return {};
  for (const Address& address : addresses) {
    const AddressScope scope = scope_of(address);
    if (scope == AddressScope::Public) continue;
    const std::string where = url.address()
                                  ? address.to_string()
                                  : fmt::format("'{}' leads to {}, which",
                                                without_final_dot(url.host()), address.to_string());
    return refuse(url, fmt::format("{} is not public ({}); allow '{}' in the private hosts if you "
                                   "mean it",
                                   where, to_string(scope), place_of(url)));
  }
  return {};
}

}  // namespace muai
