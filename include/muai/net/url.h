#pragma once

// URLs as browsers understand them (WHATWG URL Standard).
//
//   MUAI_TRY(Url page, Url::parse("HTTP://0x7F.1/a/../b"));
//   page.href();            // "http://127.0.0.1/b"
//   page.address();         // 127.0.0.1
//
// A URL is parsed once and the parsed object is what gets checked, connected to and shown, so
// that no two readers of a string can disagree. Parsing is linear in the input and does not
// recurse.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "muai/core/result.h"
#include "muai/net/address.h"

namespace muai {

// Longer inputs fail with LimitExceeded.
inline constexpr std::size_t kUrlBytesMax = std::size_t{1} << 20;

// A parsed URL: an immutable value. Safe to share between threads. Views returned by its accessors
// live as long as the Url.
class Url {
 public:
  enum class HostKind : std::uint8_t {
    None,    // no authority: "mailto:a@b"
    Empty,   // an authority without a host: "file:///etc"
    Domain,  // a name of a special scheme, in ASCII (punycode) and lower case
    IPv4,
    IPv6,
    Opaque,  // the host of a scheme we know nothing about
  };

  // `input` is UTF-8; invalid bytes count as U+FFFD. Fails with InvalidInput (LimitExceeded when
  // too long); the message shows the input without its credentials.
  static Result<Url> parse(std::string_view input);
  // The same, resolved against `base`: what a link on a page means.
  static Result<Url> parse(std::string_view input, const Url& base);

  // The whole URL, serialised.
  const std::string& href() const { return href_; }

  // Lower case, without the colon.
  std::string_view scheme() const { return parts_.scheme; }
  // One of http, https, ws, wss, ftp, file.
  bool is_special() const;

  // Percent-encoded; empty when absent.
  std::string_view username() const { return parts_.username; }
  std::string_view password() const { return parts_.password; }
  bool has_credentials() const { return !parts_.username.empty() || !parts_.password.empty(); }

  HostKind host_kind() const { return parts_.host_kind; }
  // As serialised: IPv6 in brackets, empty for None and Empty.
  std::string_view host() const { return parts_.host; }
  // The host as an address when it is one.
  std::optional<Address> address() const { return parts_.address; }

  // Absent when not given or the scheme's default.
  std::optional<std::uint16_t> port() const { return parts_.port; }
  // `port`, else the scheme's default, else absent.
  std::optional<std::uint16_t> effective_port() const;

  // Percent-encoded. Begins with "/" in every special URL.
  std::string_view path() const { return parts_.path; }
  // True when the path is one opaque string ("mailto:x"), not a list of segments.
  bool has_opaque_path() const { return parts_.opaque_path; }
  // Without "?" and "#".
  std::optional<std::string_view> query() const;
  std::optional<std::string_view> fragment() const;

  // "https://example.org:8443"; "null" for schemes without an origin, as browsers say.
  std::string origin() const;
  // path and query: what an HTTP request line carries.
  std::string request_target() const;
  // The same URL with another fragment, or none.
  Url with_fragment(std::optional<std::string_view> fragment) const;

  // For error messages and logs: without credentials, with the values of query members that name
  // a secret (key, token, password, signature, ...) masked, at most 300 bytes.
  std::string display() const;

  friend bool operator==(const Url& a, const Url& b) { return a.href_ == b.href_; }

  // The components, for the parser; read them through the accessors above.
  struct Parts {
    std::string scheme;
    std::string username;
    std::string password;
    std::string host;
    std::string path;
    std::optional<std::string> query;
    std::optional<std::string> fragment;
    std::optional<Address> address;
    std::optional<std::uint16_t> port;
    HostKind host_kind = HostKind::None;
    bool opaque_path = false;
  };

 private:
  friend class UrlParser;
  explicit Url(Parts parts);

  Parts parts_;
  std::string href_;
};

// The host of a special URL as browsers send it to DNS: Unicode names mapped by UTS 46
// (non-transitional) to punycode, ASCII names lower-cased. Fails with InvalidInput.
Result<std::string> domain_to_ascii(std::string_view domain);

// `input` made safe for an error message even though it is no URL: credentials removed, control
// bytes escaped, at most 200 bytes.
std::string display_of_invalid_url(std::string_view input);

}  // namespace muai
