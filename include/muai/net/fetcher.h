#pragma once

// The one way out: every HTTP request of the program goes through a Fetcher.
//
//   auto transport = CurlTransport::create(loop);
//   auto fetcher = Fetcher::create(loop, **transport, {.user_agent = "..."});
//   HttpRequest request{.url = url};
//   Result<HttpResponse> page = co_await (*fetcher)->fetch(std::move(request), stop);
//
// Two policies share one code path:
// - Page: http and https on ports 80, 443, 8080, 8443; no credentials, neither in the URL nor in
//   headers; the host must be a public name and *every* address of it public, unless its
//   "host:port" is on the operator's private list.
// - Configured: exactly the origins an operator wrote, with the headers (keys) bound to each; any
//   address; redirects stay within the origin.
// For both: the URL is parsed once; our resolver's answers are checked, and the connection goes to
// a checked address and is checked again; redirects are followed by hand, each from the first
// rule, at most five, never from https to http; no proxy from the environment; every bound of
// HttpLimits; one content coding; for Page, a list of content types, confirmed by the first bytes.
// Requests to one public host are one at a time and a second apart; Retry-After is honoured.
// Offline, only loopback addresses written by the operator are reached and nothing is resolved.
//
// Errors: InvalidInput (URL), Refused (policy, or a host that asked us to wait: retry_after_s is
// set), Network, Timeout, LimitExceeded, Upstream (nonsense from the peer, unusable content
// type), Cancelled. Messages name the URL with secrets masked.

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/net/http.h"
#include "muai/net/url.h"

namespace muai {

class Loop;
class Transport;

enum class NetworkAccess : std::uint8_t { Online, Offline };

// How politely a host is asked. Zero connections means "no bound".
struct HostPace {
  int connections_max = 0;
  std::chrono::milliseconds gap{0};  // between the starts of two requests
};

// An origin an operator wrote into the configuration.
struct ConfiguredOrigin {
  std::string url;            // scheme, host, port; path and query are ignored
  std::string unix_socket{};  // when set, connect there; the URL still names Host
  HttpHeaders headers{};      // sent with every request to this origin, and to no other
  HostPace pace{};
};

struct FetcherOptions {
  std::string user_agent = "MuAI/0.1";
  std::vector<ConfiguredOrigin> origins{};
  // "127.0.0.1:8080", "wiki.intranet:443": places `Page` may reach besides public ones, exactly.
  std::vector<std::string> private_hosts{};
  std::vector<std::uint16_t> ports{80, 443, 8080, 8443};  // for Page
  NetworkAccess network = NetworkAccess::Online;
  HostPace public_pace{.connections_max = 1, .gap = std::chrono::milliseconds{1000}};
};

// Belongs to the loop thread. Must outlive its fetches; `loop` and the transport outlive it.
class Fetcher {
 public:
  // Fails with InvalidConfig, naming the entry that cannot be read.
  static Result<std::unique_ptr<Fetcher>> create(Loop& loop, Transport& transport,
                                                 FetcherOptions options);
  ~Fetcher();
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;

  // A response of any status is a value. After `stop` the task finishes at once with Cancelled.
  Task<Result<HttpResponse>> fetch(HttpRequest request, std::stop_token stop);

  // Adds or replaces an origin, for servers started at run time. Fails with InvalidConfig.
  Result<void> add_origin(ConfiguredOrigin origin);
  // Forgets it; running fetches finish. Unknown origins are ignored.
  void remove_origin(const Url& url);

 private:
  struct Rep;
  class Fetch;
  explicit Fetcher(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace muai
