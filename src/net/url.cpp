// The URL parser. The standard describes a state machine that walks over the input and sometimes
// steps back; here each state is a function that takes its part of the input from the front. No
// part is looked at more than a fixed number of times.

#include "muai/net/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "net/ascii.h"
#include "net/percent.h"
#include "net/url_host.h"

namespace muai {
namespace {

struct SpecialScheme {
  std::string_view name;
  std::uint16_t port;  // 0: none
};
constexpr SpecialScheme kSpecialSchemes[] = {{"http", 80}, {"https", 443}, {"ws", 80},
                                             {"wss", 443}, {"ftp", 21},    {"file", 0}};

const SpecialScheme* special_scheme(std::string_view name) {
  const auto* found = std::ranges::find(kSpecialSchemes, name, &SpecialScheme::name);
  return found == std::end(kSpecialSchemes) ? nullptr : found;
}

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_drive_letter(std::string_view text) {
  return text.size() == 2 && is_alpha(text[0]) && (text[1] == ':' || text[1] == '|');
}

bool starts_with_drive_letter(std::string_view text) {
  return is_drive_letter(text.substr(0, 2)) &&
         (text.size() == 2 || std::string_view("/\\?#").find(text[2]) != std::string_view::npos);
}

// The number of dots that `segment` is, counting "%2e": 0 when it is anything else.
int dots_of(std::string_view segment) {
  int dots = 0;
  while (!segment.empty() && dots < 3) {
    if (segment.front() == '.') {
      segment.remove_prefix(1);
    } else if (segment.size() >= 3 && segment[0] == '%' && segment[1] == '2' &&
               lower_ascii(segment[2]) == 'e') {
      segment.remove_prefix(3);
    } else {
      return 0;
    }
    ++dots;
  }
  return segment.empty() && dots < 3 ? dots : 0;
}

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string without_tabs_and_newlines(std::string_view text) {
  std::string out(text);
  std::erase_if(out, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
  return out;
}

// One pair for each query member whose value an error message must not show.
constexpr std::string_view kSecretNames[] = {"key",     "token",     "secret",    "password",
                                             "passwd",  "auth",      "signature", "sig",
                                             "session", "credential"};

bool names_secret(std::string_view name) {
  const std::string lowered = lower_ascii(name);
  return std::ranges::any_of(kSecretNames, [&](std::string_view secret) {
    return lowered.find(secret) != std::string::npos;
  });
}

std::string masked_query(std::string_view query) {
  std::string out;
  while (true) {
    const std::string_view member = query.substr(0, query.find('&'));
    const std::size_t equals = member.find('=');
    if (equals != std::string_view::npos && names_secret(member.substr(0, equals))) {
      out += member.substr(0, equals + 1);
      out += "***";
    } else {
      out += member;
    }
    if (member.size() == query.size()) return out;
    out += '&';
    query.remove_prefix(member.size() + 1);
  }
}

std::string shortened(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xC0) == 0x80) {
    --bytes_max;
  }
  text.resize(bytes_max);
  return text + "...";
}

std::string serialise(const Url::Parts& parts) {
  std::string href = parts.scheme + ":";
  if (parts.host_kind != Url::HostKind::None) {
    href += "//";
    if (!parts.username.empty() || !parts.password.empty()) {
      href += parts.username;
      if (!parts.password.empty()) href += ":" + parts.password;
      href += '@';
    }
    href += parts.host;
    if (parts.port) href += fmt::format(":{}", *parts.port);
  } else if (!parts.opaque_path && parts.path.starts_with("//")) {
    href += "/.";  // keeps the path from being read as an authority
  }
  href += parts.path;
  if (parts.query) href += "?" + *parts.query;
  if (parts.fragment) href += "#" + *parts.fragment;
  return href;
}

}  // namespace

class UrlParser {
 public:
  UrlParser(std::string_view input, const Url* resolve_against)
      : shown_(input),
        text_(without_tabs_and_newlines(trimmed(input))),
        rest_(text_),
        base_(resolve_against == nullptr ? nullptr : &resolve_against->parts_) {}

  Result<Url> parse() {
    const OrReason<void> done = take_scheme() ? after_scheme() : without_scheme();
    if (!done) {
      return fail(ErrorCode::InvalidInput,
                  fmt::format("'{}' is no URL: {}; write it like https://example.org/page",
                              display_of_invalid_url(shown_), done.error()));
    }
    return Url(std::move(url_));
  }

 private:
  bool at_end() const { return rest_.empty(); }
  bool next_is(char c) const { return rest_.starts_with(c); }
  bool next_is_slash() const { return next_is('/') || (special_ && next_is('\\')); }
  void skip(std::size_t count) { rest_.remove_prefix(count); }

  // Takes everything before the first byte of `stops`.
  std::string_view take_until(std::string_view stops) {
    const std::string_view taken = rest_.substr(0, rest_.find_first_of(stops));
    skip(taken.size());
    return taken;
  }

  void set_scheme(std::string_view scheme) {
    url_.scheme = scheme;
    special_ = special_scheme(scheme) != nullptr;
    file_ = scheme == "file";
  }

  bool take_scheme() {
    if (at_end() || !is_alpha(rest_.front())) return false;
    std::size_t end = 1;
    while (end < rest_.size() && (is_alpha(rest_[end]) || is_digit(rest_[end]) ||
                                  rest_[end] == '+' || rest_[end] == '-' || rest_[end] == '.')) {
      ++end;
    }
    if (end == rest_.size() || rest_[end] != ':') return false;
    set_scheme(lower_ascii(rest_.substr(0, end)));
    skip(end + 1);
    return true;
  }

  OrReason<void> after_scheme() {
    if (file_) return file();
    if (special_) {
      if (base_ != nullptr && base_->scheme == url_.scheme && !rest_.starts_with("//")) {
        return relative();
      }
      return slashes_then_authority();
    }
    if (rest_.starts_with("//")) {
      skip(2);
      return authority();
    }
    if (next_is('/')) return path();
    return opaque_path();
  }

  OrReason<void> without_scheme() {
    if (base_ == nullptr) return std::unexpected("it has no scheme");
    if (base_->opaque_path) {
      if (!next_is('#')) return std::unexpected("its base cannot have relative references");
      set_scheme(base_->scheme);
      url_.path = base_->path;
      url_.opaque_path = true;
      url_.query = base_->query;
      return query_and_fragment();
    }
    set_scheme(base_->scheme);
    return file_ ? file() : relative();
  }

  void copy_authority() {
    url_.username = base_->username;
    url_.password = base_->password;
    url_.host = base_->host;
    url_.host_kind = base_->host_kind;
    url_.address = base_->address;
    url_.port = base_->port;
  }

  OrReason<void> relative() {
    if (next_is_slash()) {
      const bool double_slash =
          rest_.size() > 1 && (rest_[1] == '/' || (special_ && rest_[1] == '\\'));
      if (double_slash) {
        skip(2);
        return special_ ? slashes_then_authority() : authority();
      }
      copy_authority();
      return path();
    }
    copy_authority();
    return relative_path();
  }

  // The path of the base with the last segment replaced; an empty reference keeps it.
  OrReason<void> relative_path() {
    url_.path = base_->path;
    if (at_end() || next_is('#') || next_is('?')) {
      url_.query = base_->query;
      return query_and_fragment();
    }
    shorten_path();
    return path_segments();
  }

  OrReason<void> slashes_then_authority() {
    while (next_is_slash()) skip(1);
    return authority();
  }

  OrReason<void> authority() {
    std::string_view whole = take_until(special_ ? "/\\?#" : "/?#");
    if (const std::size_t at = whole.rfind('@'); at != std::string_view::npos) {
      take_credentials(whole.substr(0, at));
      whole.remove_prefix(at + 1);
      if (whole.empty()) return std::unexpected("it has credentials and no host");
    }
    auto done = host_and_port(whole);
    if (!done) return done;
    return path();
  }

  void take_credentials(std::string_view credentials) {
    const std::size_t colon = credentials.find(':');
    percent_encode(utf8_or_replacement(credentials.substr(0, colon)), PercentSet::Userinfo,
                   url_.username);
    if (colon != std::string_view::npos) {
      percent_encode(utf8_or_replacement(credentials.substr(colon + 1)), PercentSet::Userinfo,
                     url_.password);
    }
  }

  OrReason<void> host_and_port(std::string_view whole) {
    std::size_t colon = 0;
    for (bool in_brackets = false; colon < whole.size(); ++colon) {
      if (whole[colon] == '[') in_brackets = true;
      if (whole[colon] == ']') in_brackets = false;
      if (whole[colon] == ':' && !in_brackets) break;
    }
    if (colon == 0 && (special_ || !whole.empty())) return std::unexpected("it has no host");
    auto done = set_host(whole.substr(0, colon));
    if (!done || colon == whole.size()) return done;
    return take_port(whole.substr(colon + 1));
  }

  OrReason<void> set_host(std::string_view text) {
    auto host = parse_url_host(text, special_ ? HostSyntax::Special : HostSyntax::Opaque);
    if (!host) {
      host_reason_ = fmt::format("its host {}", host.error());
      return std::unexpected(std::string_view(host_reason_));
    }
    url_.host = std::move(host->text);
    url_.host_kind = host->kind;
    url_.address = host->address;
    return {};
  }

  OrReason<void> take_port(std::string_view digits) {
    std::uint32_t port = 0;
    for (const char c : digits) {
      if (!is_digit(c)) return std::unexpected("its port is no number");
      port = port * 10 + static_cast<std::uint32_t>(c - '0');
      if (port > 65535) return std::unexpected("its port is above 65535");
    }
    const SpecialScheme* scheme = special_scheme(url_.scheme);
    if (!digits.empty() && (scheme == nullptr || scheme->port != port)) {
      url_.port = static_cast<std::uint16_t>(port);
    }
    return {};
  }

  OrReason<void> file() {
    url_.host_kind = Url::HostKind::Empty;
    const bool base_is_file = base_ != nullptr && base_->scheme == "file";
    if (next_is_slash()) {
      if (rest_.size() > 1 && (rest_[1] == '/' || rest_[1] == '\\')) {
        skip(2);
        return file_host();
      }
      if (base_is_file) {
        copy_authority();
        if (!starts_with_drive_letter(rest_.substr(1))) keep_drive_of_base();
      }
      return path();
    }
    if (!base_is_file) return path();
    copy_authority();
    if (!at_end() && !next_is('?') && !next_is('#') && starts_with_drive_letter(rest_)) {
      return path_segments();
    }
    return relative_path();
  }

  void keep_drive_of_base() {
    const std::string_view path = base_->path;
    if (path.size() < 3 || (path.size() > 3 && path[3] != '/')) return;
    if (is_drive_letter(path.substr(1, 2)) && path[2] == ':') url_.path = path.substr(0, 3);
  }

  OrReason<void> file_host() {
    const std::string_view before = rest_;
    const std::string_view host = take_until("/\\?#");
    if (is_drive_letter(host)) {
      rest_ = before;  // "file://c:/x" means the drive, not a host
      return path_segments();
    }
    if (!host.empty()) {
      auto done = set_host(host);
      if (!done) return done;
      if (url_.host == "localhost") {
        url_.host.clear();
        url_.host_kind = Url::HostKind::Empty;
      }
    }
    return path();
  }

  // The path up to "?" or "#", its first slash not yet taken.
  OrReason<void> path() {
    if (special_) {
      if (next_is_slash()) skip(1);
      return path_segments();
    }
    if (at_end() || next_is('?') || next_is('#')) return query_and_fragment();
    if (next_is('/')) skip(1);
    return path_segments();
  }

  OrReason<void> path_segments() {
    while (true) {
      const std::string_view segment = take_until(special_ ? "/\\?#" : "/?#");
      const bool more = next_is_slash();
      add_segment(segment, more);
      if (!more) return query_and_fragment();
      skip(1);
    }
  }

  void add_segment(std::string_view segment, bool more_follow) {
    const int dots = dots_of(segment);
    if (dots == 2) shorten_path();
    if (dots > 0) {
      if (!more_follow) url_.path += '/';
      return;
    }
    const bool first = url_.path.empty();
    url_.path += '/';
    if (file_ && first && is_drive_letter(segment)) {
      url_.path += segment[0];
      url_.path += ':';
      return;
    }
    percent_encode(utf8_or_replacement(segment), PercentSet::Path, url_.path);
  }

  void shorten_path() {
    const std::string_view path = url_.path;
    if (file_ && path.size() == 3 && is_drive_letter(path.substr(1)) && path[2] == ':') return;
    const std::size_t slash = path.rfind('/');
    url_.path.resize(slash == std::string_view::npos ? 0 : slash);
  }

  OrReason<void> opaque_path() {
    url_.opaque_path = true;
    std::string_view text = take_until("?#");
    // Trailing blanks would be lost when the URL is parsed again without what follows them.
    const bool last_blank = text.ends_with(' ') && !at_end();
    if (last_blank) text.remove_suffix(1);
    percent_encode(utf8_or_replacement(text), PercentSet::C0Control, url_.path);
    if (last_blank) url_.path += "%20";
    return query_and_fragment();
  }

  OrReason<void> query_and_fragment() {
    if (next_is('?')) {
      skip(1);
      url_.query.emplace();
      percent_encode(utf8_or_replacement(take_until("#")),
                     special_ ? PercentSet::SpecialQuery : PercentSet::Query, *url_.query);
    }
    if (next_is('#')) {
      skip(1);
      url_.fragment.emplace();
      percent_encode(utf8_or_replacement(rest_), PercentSet::Fragment, *url_.fragment);
    }
    return {};
  }

  std::string_view shown_;
  std::string text_;
  std::string_view rest_;  // of text_
  const Url::Parts* base_;
  Url::Parts url_;
  std::string host_reason_;
  bool special_ = false;
  bool file_ = false;
};

Url::Url(Parts parts) : parts_(std::move(parts)), href_(serialise(parts_)) {}

namespace {

Result<void> check_length(std::string_view input) {
  if (input.size() <= kUrlBytesMax) return {};
  return fail(ErrorCode::LimitExceeded,
              fmt::format("the URL '{}' has {} bytes; at most {} are read",
                          display_of_invalid_url(input), input.size(), kUrlBytesMax));
}

}  // namespace

Result<Url> Url::parse(std::string_view input) {
  MUAI_TRY_VOID(check_length(input));
  return UrlParser(input, nullptr).parse();
}

Result<Url> Url::parse(std::string_view input, const Url& base) {
  MUAI_TRY_VOID(check_length(input));
  return UrlParser(input, &base).parse();
}

bool Url::is_special() const { return special_scheme(parts_.scheme) != nullptr; }

std::optional<std::uint16_t> Url::effective_port() const {
  if (parts_.port) return parts_.port;
  const SpecialScheme* scheme = special_scheme(parts_.scheme);
  if (scheme == nullptr || scheme->port == 0) return std::nullopt;
  return scheme->port;
}

std::optional<std::string_view> Url::query() const {
  return parts_.query ? std::optional<std::string_view>(*parts_.query) : std::nullopt;
}

std::optional<std::string_view> Url::fragment() const {
  return parts_.fragment ? std::optional<std::string_view>(*parts_.fragment) : std::nullopt;
}

std::string Url::origin() const {
  if (parts_.scheme == "blob") {
    const auto inner = parse(parts_.path);
    const bool web = inner && (inner->scheme() == "http" || inner->scheme() == "https");
    return web ? inner->origin() : "null";
  }
  if (!is_special() || parts_.scheme == "file") return "null";
  std::string origin = fmt::format("{}://{}", parts_.scheme, parts_.host);
  if (parts_.port) origin += fmt::format(":{}", *parts_.port);
  return origin;
}

std::string Url::request_target() const {
  return parts_.query ? parts_.path + "?" + *parts_.query : parts_.path;
}

Url Url::with_fragment(std::optional<std::string_view> fragment) const {
  Parts parts = parts_;
  parts.fragment.reset();
  if (fragment) percent_encode(*fragment, PercentSet::Fragment, parts.fragment.emplace());
  return Url(std::move(parts));
}

std::string Url::display() const {
  Parts parts = parts_;
  parts.username.clear();
  parts.password.clear();
  parts.fragment.reset();
  if (parts.query) parts.query = masked_query(*parts.query);
  return shortened(serialise(parts), 300);
}

Result<std::string> domain_to_ascii(std::string_view domain) {
  auto ascii = map_domain(utf8_or_replacement(domain));
  if (ascii) return *std::move(ascii);
  return fail(ErrorCode::InvalidInput,
              fmt::format("'{}' {}", display_of_invalid_url(domain), ascii.error()));
}

std::string display_of_invalid_url(std::string_view input) {
  input = input.substr(0, 2000);
  std::string kept;
  const std::size_t authority = input.find("//");
  const std::size_t begin = authority == std::string_view::npos ? 0 : authority + 2;
  const std::size_t end = std::min(input.find_first_of("/?#", begin), input.size());
  const std::size_t at = input.substr(0, end).rfind('@');
  if (at != std::string_view::npos && at >= begin) {
    kept = fmt::format("{}***{}", input.substr(0, begin), input.substr(at));
  } else {
    kept = input;
  }
  if (const std::size_t query = kept.find('?'); query != std::string::npos) {
    kept = kept.substr(0, query + 1) + masked_query(std::string_view(kept).substr(query + 1));
  }
  std::string out;
  for (const char c : utf8_or_replacement(kept)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return shortened(std::move(out), 200);
}

}  // namespace muai
