#pragma once

// The seam between the fetch guard and the network: resolve a name, exchange one request.
//
// The Fetcher owns every rule; a Transport only does as told. CurlTransport is the real one
// (muai/net/curl_transport.h); tests use ones that lie, stall and fail.

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/net/address.h"
#include "muai/net/http.h"
#include "muai/net/url.h"

namespace muai {

// What is known when the headers of a response are complete (1xx answers are skipped).
struct HopHead {
  int status = 0;
  HttpHeaders headers;
  std::optional<Address> peer;  // absent for UNIX sockets
};

// One request to one place, without redirects.
struct HopRequest {
  Url url;
  Egress egress = Egress::Page;
  // Connect to one of these and nowhere else; never resolve. Empty with `unix_socket`.
  std::vector<Address> addresses{};
  std::string unix_socket{};
  std::string method = "GET";
  HttpHeaders headers{};
  std::string body{};
  std::chrono::milliseconds connect_max{5'000};
  std::size_t header_bytes_max = std::size_t{64} << 10;

  // Asked before a socket is opened to `peer`; an error ends the exchange with it.
  std::function<Result<void>(const Address& peer)> on_connect{};
  // Called once; an error ends the exchange with it.
  std::function<Result<void>(const HopHead& head)> on_head{};
  // Decoded bytes, and how many bytes of the body have arrived as sent.
  std::function<Result<void>(std::string_view decoded, std::size_t raw_total)> on_body{};
};

class Transport {
 public:
  virtual ~Transport() = default;

  // Every A and AAAA address of `host` (ASCII, no brackets). Fails with Network when there is
  // none, Cancelled promptly after `stop`.
  virtual Task<Result<std::vector<Address>>> resolve(std::string host, std::stop_token stop) = 0;

  // Performs the request and returns when the body has ended. Callbacks run on the loop thread
  // and never after the task has finished. Fails with Network, Timeout (connecting), Upstream
  // (no HTTP, broken coding), LimitExceeded (headers), Cancelled promptly after `stop`, or with
  // what a callback returned.
  virtual Task<Result<void>> exchange(HopRequest hop, std::stop_token stop) = 0;
};

}  // namespace muai
