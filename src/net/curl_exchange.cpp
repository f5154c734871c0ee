// The transfer is told everything as options before it starts; afterwards curl calls back for each
// socket, header line and piece of body. A callback that returns "failed" ends the transfer, and
// the error that it kept is what the exchange reports.

#include "net/curl_exchange.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "net/ascii.h"

namespace muai {
namespace {

std::optional<Address> address_of(const sockaddr& any) {
  if (any.sa_family == AF_INET) {
    sockaddr_in four;
    std::memcpy(&four, &any, sizeof four);
    return Address::ipv4(ntohl(four.sin_addr.s_addr));
  }
  if (any.sa_family == AF_INET6) {
    sockaddr_in6 six;
    std::memcpy(&six, &any, sizeof six);
    Address::Bytes bytes;
    std::memcpy(bytes.data(), &six.sin6_addr, bytes.size());
    return Address::ipv6(bytes);
  }
  return std::nullopt;
}

// "HTTP/1.1 200 OK": the number, or 0.
int status_of(std::string_view line) {
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return 0;
  int status = 0;
  const std::string_view rest = line.substr(blank + 1, 3);
  std::from_chars(rest.data(), rest.data() + rest.size(), status);
  return status;
}

void append(curl_slist*& list, const std::string& entry) {
  curl_slist* longer = curl_slist_append(list, entry.c_str());
  MUAI_CHECK(longer != nullptr);
  list = longer;
}

}  // namespace

CurlExchange::CurlExchange(const HopRequest& hop)
    : hop_(hop), easy_(curl_easy_init()), url_(hop.url.with_fragment(std::nullopt).href()) {
  MUAI_CHECK(easy_ != nullptr);
  set_place();
  set_request();
  set_callbacks();
}

CurlExchange::~CurlExchange() {
  curl_easy_cleanup(easy_);
  curl_slist_free_all(headers_);
  curl_slist_free_all(pins_);
}

// Where to: the pinned addresses, and nothing that could lead elsewhere.
void CurlExchange::set_place() {
  curl_easy_setopt(easy_, CURLOPT_URL, url_.c_str());
  curl_easy_setopt(easy_, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy_, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  curl_easy_setopt(easy_, CURLOPT_PROXY, "");  // not the environment's either
  curl_easy_setopt(easy_, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy_, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(hop_.connect_max.count()));
  // One request a connection at a time: a page gains nothing from HTTP/2, whose frames and
  // compressed headers would be one more surface.
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  if (!hop_.unix_socket.empty()) {
    curl_easy_setopt(easy_, CURLOPT_UNIX_SOCKET_PATH, hop_.unix_socket.c_str());
    // Opening one costs microseconds, and a kept one would outlive a server that we started.
    curl_easy_setopt(easy_, CURLOPT_FORBID_REUSE, 1L);
  } else if (hop_.url.host_kind() == Url::HostKind::Domain) {
    std::string pin = fmt::format("{}:{}:", hop_.url.host(), hop_.url.effective_port().value_or(0));
    for (std::size_t i = 0; i < hop_.addresses.size(); ++i) {
      const Address& address = hop_.addresses[i];
      pin += fmt::format(fmt::runtime(address.is_ipv4() ? "{}{}" : "{}[{}]"), i == 0 ? "" : ",",
                         address.to_string());
    }
    append(pins_, pin);
    curl_easy_setopt(easy_, CURLOPT_RESOLVE, pins_);
    // Asked when a name is not pinned, which must not happen.
    curl_easy_setopt(
        easy_, CURLOPT_RESOLVER_START_FUNCTION, +[](void*, void*, void*) -> int { return 1; });
  }
}

void CurlExchange::set_request() {
  for (const auto& [name, value] : hop_.headers) {
    // "Name;" is how curl is told to send an empty value.
    append(headers_, value.empty() ? name + ";" : name + ": " + value);
  }
  append(headers_, "Expect:");
  if (!hop_.body.empty() && !hop_.headers.find("content-type")) append(headers_, "Content-Type:");
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
  curl_easy_setopt(easy_, CURLOPT_ACCEPT_ENCODING, "");  // every coding curl can undo
  if (hop_.method == "HEAD") {
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
    return;
  }
  if (!hop_.body.empty() || hop_.method == "POST") {
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(hop_.body.size()));
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, hop_.body.data());
  }
  if (hop_.method != "GET" || !hop_.body.empty()) {
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, hop_.method.c_str());
  }
}

void CurlExchange::set_callbacks() {
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, curl_says_.data());
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, &CurlExchange::open_socket);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &CurlExchange::header_arrived);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &CurlExchange::body_arrived);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
}

// Remembers the first error; false ends the transfer.
bool CurlExchange::keep(Result<void> result) {
  if (result) return true;
  if (!error_) error_ = std::move(result).error();
  return false;
}

Result<void> CurlExchange::check_peer(const curl_sockaddr& address) {
  if (!hop_.unix_socket.empty()) {
    if (address.family == AF_UNIX) return {};
    return fail(ErrorCode::Refused,
                fmt::format("'{}' is not fetched: only its own UNIX socket may be opened",
                            hop_.url.display()));
  }
  const auto peer = address_of(address.addr);
  if (!peer || std::ranges::find(hop_.addresses, *peer) == hop_.addresses.end()) {
    return fail(ErrorCode::Refused,
                fmt::format("'{}' is not fetched: the connection would go to an address that was "
                            "not checked",
                            hop_.url.display()));
  }
  return hop_.on_connect ? hop_.on_connect(*peer) : Result<void>();
}

curl_socket_t CurlExchange::open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  if (!exchange.keep(exchange.check_peer(*address))) return CURL_SOCKET_BAD;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t CurlExchange::header_arrived(char* bytes, std::size_t size, std::size_t count,
                                         void* self) {
  const std::string_view line(bytes, size * count);
  auto& exchange = *static_cast<CurlExchange*>(self);
  return exchange.keep(exchange.take_header_line(line)) ? line.size() : 0;
}

Result<void> CurlExchange::take_header_line(std::string_view line) {
  header_bytes_ += line.size();
  if (hop_.header_bytes_max > 0 && header_bytes_ > hop_.header_bytes_max) {
    return fail(ErrorCode::LimitExceeded,
                fmt::format("its headers have more than {} bytes", hop_.header_bytes_max));
  }
  if (head_done_) return {};  // trailers
  if (line.starts_with("HTTP/")) {
    head_ = HopHead{.status = status_of(line), .headers = {}, .peer = std::nullopt};
    return {};
  }
  if (trim_blanks(line).empty()) return head_complete();
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    return fail(ErrorCode::Upstream, "one of its headers has no colon");
  }
  if (line.front() == ' ' || line.front() == '\t') {
    return fail(ErrorCode::Upstream, "one of its headers is folded over two lines");
  }
  head_.headers.add({std::string(trim_blanks(line.substr(0, colon))),
                     std::string(trim_blanks(line.substr(colon + 1)))});
  return {};
}

Result<void> CurlExchange::head_complete() {
  if (head_.status == 101) return fail(ErrorCode::Upstream, "it switches to another protocol");
  if (head_.status < 200) return {};  // an interim answer; the real one follows
  head_done_ = true;
  char* peer = nullptr;
  curl_easy_getinfo(easy_, CURLINFO_PRIMARY_IP, &peer);
  if (hop_.unix_socket.empty()) {
    MUAI_TRY(head_.peer, Address::parse(peer == nullptr ? "" : peer));
  }
  return hop_.on_head ? hop_.on_head(head_) : Result<void>();
}

std::size_t CurlExchange::body_arrived(char* bytes, std::size_t size, std::size_t count,
                                       void* self) {
  const std::string_view decoded(bytes, size * count);
  auto& exchange = *static_cast<CurlExchange*>(self);
  if (!exchange.hop_.on_body) return decoded.size();
  curl_off_t raw = 0;  // counted before decoding
  curl_easy_getinfo(exchange.easy_, CURLINFO_SIZE_DOWNLOAD_T, &raw);
  const auto raw_total = static_cast<std::size_t>(std::max<curl_off_t>(raw, 0));
  return exchange.keep(exchange.hop_.on_body(decoded, raw_total)) ? decoded.size() : 0;
}

Result<void> CurlExchange::outcome(CURLcode code) {
  if (error_) return std::unexpected(*std::move(error_));
  const std::string_view says = curl_says_[0] != '\0' ? std::string_view(curl_says_.data())
                                                      : std::string_view(curl_easy_strerror(code));
  switch (code) {
    case CURLE_OK: return {};
    case CURLE_OPERATION_TIMEDOUT:
      return fail(ErrorCode::Timeout,
                  fmt::format("no connection within {} ms", hop_.connect_max.count()));
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return fail(ErrorCode::Network,
                  fmt::format("its TLS certificate is not trusted: {}; if this is so for every "
                              "site, install ca-certificates",
                              says));
    case CURLE_PARTIAL_FILE:
      return fail(ErrorCode::Network, fmt::format("the answer was cut off: {}", says));
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR:  // a decoder's own complaint, as ours are in error_
      return fail(ErrorCode::Upstream, fmt::format("its body is not coded as it says: {}", says));
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return fail(ErrorCode::Upstream, fmt::format("it does not speak HTTP: {}", says));
    default: return fail(ErrorCode::Network, std::string(says));
  }
}

}  // namespace muai
