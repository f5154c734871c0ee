#pragma once

// Where a request may go: the first half of the fetch guard. Knows no sockets.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/result.h"
#include "muai/net/address.h"
#include "muai/net/fetcher.h"
#include "muai/net/http.h"
#include "muai/net/url.h"

namespace muai {

// A place that passed the rules.
struct Destination {
  enum class Reach : std::uint8_t {
    PublicOnly,  // every address must be public
    AnyAddress,  // the operator named this place
  };

  Reach reach = Reach::PublicOnly;
  std::string name;                // to resolve; empty when `addresses` or `unix_socket` say it
  std::vector<Address> addresses;  // of a literal host or localhost
  std::string unix_socket;
  HttpHeaders headers;  // bound to a configured origin
  std::string pace_key;
  HostPace pace{};
};

class EgressRules {
 public:
  // Fails with InvalidConfig, naming the entry.
  static Result<EgressRules> create(const FetcherOptions& options);

  // Refused, with the reason and the remedy, or the place to go to.
  Result<Destination> check(const Url& url, Egress egress) const;

  Result<void> add_origin(ConfiguredOrigin origin);
  void remove_origin(const Url& url);

 private:
  struct Origin {
    std::string origin;
    ConfiguredOrigin settings;
  };

  EgressRules() = default;
  Result<Destination> check_page(const Url& url) const;
  Result<Destination> check_configured(const Url& url) const;
  Result<void> check_public_name(const Url& url) const;

  std::vector<Origin> origins_;
  std::vector<std::string> private_places_;  // "host:port", the host as a URL writes it
  std::vector<std::uint16_t> ports_;
  NetworkAccess network_ = NetworkAccess::Online;
  HostPace public_pace_{};
};

// Refused unless every address may be reached for `destination`. Asked for the answers of the
// resolver, again before a socket is opened, and for the peer that answered.
Result<void> check_addresses(const Destination& destination, std::span<const Address> addresses,
                             const Url& url);

}  // namespace muai
