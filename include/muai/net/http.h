#pragma once

// The vocabulary of HTTP: headers, limits, requests and responses. Plain values.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muai/core/result.h"
#include "muai/net/address.h"
#include "muai/net/url.h"

namespace muai {

struct HttpHeader {
  std::string name;
  std::string value;
};

// Header fields in the order they came. Names compare without regard to case.
class HttpHeaders {
 public:
  HttpHeaders() = default;
  HttpHeaders(std::initializer_list<HttpHeader> fields) : fields_(fields) {}

  void add(HttpHeader field) { fields_.push_back(std::move(field)); }
  // Replaces every field of that name by one.
  void set(HttpHeader field);
  void remove(std::string_view name);

  // The first value; absent when there is none. The view dies with the next change.
  std::optional<std::string_view> find(std::string_view name) const;
  std::size_t count(std::string_view name) const;

  bool empty() const { return fields_.empty(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<HttpHeader> fields_;
};

// Which rules an exchange obeys (muai/net/fetcher.h).
enum class Egress : std::uint8_t {
  Page,        // anything found in questions, results and pages: public addresses, no credentials
  Configured,  // exactly the origins an operator wrote; may be loopback, may carry keys
};

// Bounds on one fetch. A zero duration or size means "no bound".
struct HttpLimits {
  std::chrono::milliseconds connect_max{5'000};
  std::chrono::milliseconds first_byte_max{10'000};  // from connecting to the end of the headers
  std::chrono::milliseconds total_max{30'000};       // all hops; queueing for a host not counted
  std::size_t rate_bytes_per_s_min = 1024;           // over each whole window of rate_window
  std::chrono::milliseconds rate_window{10'000};
  std::size_t header_bytes_max = std::size_t{64} << 10;
  std::size_t raw_bytes_max = std::size_t{10} << 20;      // body as sent
  std::size_t decoded_bytes_max = std::size_t{20} << 20;  // body after its content coding
  std::size_t decoded_ratio_max = 100;                    // decoded : raw, judged above 256 KiB
  int redirects_max = 5;

  // For streams of tokens: no total time and no rate, two minutes to the first byte, 64 MiB.
  static HttpLimits streaming();
};

// Receives decoded body bytes in order, on the loop thread. An error ends the fetch with it.
using BodySink = std::function<Result<void>(std::string_view)>;

struct HttpRequest {
  Url url;
  Egress egress = Egress::Page;
  std::string method = "GET";
  HttpHeaders headers{};
  std::string body{};
  HttpLimits limits{};
  // Media types this caller can use ("text/html"). Empty: the policy's own list, which for
  // `Configured` is "any".
  std::vector<std::string> accepted{};
  // When set, the body of a 2xx response goes here and not into HttpResponse::body, where the
  // bodies of errors still go. Bytes passed on are not withdrawn when a later bound is hit.
  BodySink on_body{};
};

struct HttpTimings {
  std::chrono::milliseconds queued{0};      // waiting for the host's turn
  std::chrono::milliseconds resolved{0};    // spent on DNS, all hops
  std::chrono::milliseconds first_byte{0};  // last hop: from connecting to the end of the headers
  std::chrono::milliseconds total{0};       // everything, queueing too
};

struct HttpResponse {
  Url final_url;                 // after redirects, with the asked fragment
  int status = 0;                // 100..599; 404 and 500 are values here, not errors
  HttpHeaders headers{};         // of the last hop
  std::string body{};            // decoded; empty when it went to a sink
  std::string media_type{};      // lower case, without parameters; sniffed when not declared
  std::string charset{};         // as declared, lower case; empty when not
  std::vector<Url> redirects{};  // the URLs that redirected, in order; the first was asked for
  HttpTimings timings{};
  std::size_t raw_bytes = 0;      // body of the last hop as sent
  double retry_after_s = -1;      // from Retry-After, capped at an hour; negative when absent
  std::optional<Address> peer{};  // who answered; absent for UNIX sockets
};

}  // namespace muai
