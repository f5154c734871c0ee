// A fetch is a loop over hops. Each hop asks the rules where it may go, waits for the host's turn,
// resolves, checks the answers, exchanges one request under a watchdog and a response guard, and
// ends with a response or with the next URL.

#include "muai/net/fetcher.h"

#include <fmt/format.h>

#include <algorithm>

#include "muai/async/loop.h"
#include "muai/async/oneshot.h"
#include "muai/net/transport.h"
#include "net/ascii.h"
#include "net/egress_rules.h"
#include "net/host_queue.h"
#include "net/response_guard.h"
#include "net/retry_after.h"
#include "net/watchdog.h"

namespace muai {
namespace {

using Milliseconds = std::chrono::milliseconds;

bool is_token(std::string_view text) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    const char low = lower_ascii(c);
    return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

// Headers that we write ourselves, because framing and routing depend on them.
bool is_ours(std::string_view name) {
  static constexpr std::string_view kOurs[] = {"host",    "connection", "content-length",
                                               "upgrade", "te",         "transfer-encoding",
                                               "expect",  "trailer",    "accept-encoding"};
  return std::ranges::any_of(kOurs, [&](std::string_view own) { return equal_fold(own, name); }) ||
         lower_ascii(name).starts_with("proxy-");
}

bool is_credential(std::string_view name) {
  static constexpr std::string_view kParts[] = {"authorization", "cookie",   "api-key", "apikey",
                                                "token",         "password", "secret"};
  const std::string lowered = lower_ascii(name);
  return std::ranges::any_of(
      kParts, [&](std::string_view part) { return lowered.find(part) != std::string::npos; });
}

Result<void> check_request(const HttpRequest& request) {
  if (!is_token(request.method)) {
    return fail(ErrorCode::InvalidInput, "the request's method is no HTTP method");
  }
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name) ||
        value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return fail(ErrorCode::InvalidInput,
                  fmt::format("the request header '{}' has forbidden characters",
                              display_of_invalid_url(name)));
    }
    if (is_ours(name)) {
      return fail(ErrorCode::InvalidInput,
                  fmt::format("the request header '{}' is written by the fetcher", name));
    }
    if (request.egress == Egress::Page && is_credential(name)) {
      return fail(ErrorCode::Refused,
                  fmt::format("the request header '{}' is a credential, and pages are fetched "
                              "without; configure the origin instead",
                              name));
    }
  }
  return {};
}

// The error of a hop as the caller sees it: what was fetched, why it failed, and which page led
// there. Refusals name their URL themselves.
Error describe(const Error& cause, const Url& url, const std::vector<Url>& redirects) {
  if (cause.code() == ErrorCode::Cancelled) return cause;
  std::string message = cause.code() == ErrorCode::Refused
                            ? cause.message()
                            : fmt::format("cannot fetch '{}': {}", url.display(), cause.message());
  if (!redirects.empty() && redirects.front() != url) {
    message += fmt::format(" (reached from '{}')", redirects.front().display());
  }
  Error error = cause;
  return std::move(error).with_message(std::move(message));
}

std::string accept_header(const HttpRequest& request) {
  if (request.accepted.empty()) {
    return request.egress == Egress::Page
               ? "text/html,application/xhtml+xml,application/pdf;q=0.9,text/*;q=0.8,*/*;q=0.1"
               : "*/*";
  }
  std::string value;
  for (const std::string& type : request.accepted) {
    if (!value.empty()) value += ", ";
    value += type;
  }
  return value;
}

Milliseconds since(Loop& loop, TimePoint start) {
  return std::chrono::duration_cast<Milliseconds>(loop.now() - start);
}

}  // namespace

// What all fetches share.
struct Fetcher::Rep {
  Rep(Loop& its_loop, Transport& its_transport, EgressRules its_rules, std::string agent)
      : loop(its_loop),
        transport(its_transport),
        rules(std::move(its_rules)),
        queue(its_loop),
        user_agent(std::move(agent)) {}

  Loop& loop;
  Transport& transport;
  EgressRules rules;
  HostQueue queue;
  std::string user_agent;
};

// One fetch: hops until a response that does not redirect. Lives in the frame of Fetcher::fetch.
class Fetcher::Fetch {
 public:
  Fetch(Rep& rep, HttpRequest request)
      : rep_(rep), request_(std::move(request)), url_(request_.url), began_(rep.loop.now()) {}

  Task<Result<HttpResponse>> run(std::stop_token stop) {
    MUAI_CO_TRY_VOID(check_request(request_));
    while (true) {
      auto hop = co_await one_hop(stop);
      if (!hop) co_return std::unexpected(describe(hop.error(), url_, redirects_));
      if (*hop) co_return std::move(**hop);
    }
  }

 private:
  // A response, or nothing when the hop redirected and `url_` is the next one.
  Task<Result<std::optional<HttpResponse>>> one_hop(std::stop_token stop) {
    MUAI_CO_TRY(Destination destination, rep_.rules.check(url_, request_.egress));
    const TimePoint asked = rep_.loop.now();
    auto turn = co_await rep_.queue.take_turn(destination.pace_key, destination.pace, stop);
    if (!turn) co_return pass(std::move(turn));
    timings_.queued += since(rep_.loop, asked);

    const TimePoint begun = rep_.loop.now();
    Watchdog dog(rep_.loop, request_.limits, total_left(), stop);
    ResponseGuard guard(request_, destination, url_);
    auto done = co_await exchange(destination, guard, dog);
    spent_ += since(rep_.loop, begun);
    if (dog.reason()) co_return std::unexpected(*dog.reason());
    if (stop.stop_requested()) co_return cancelled();
    if (!done && !guard.has_enough()) co_return pass(std::move(done));
    if (!guard.has_head()) co_return fail(ErrorCode::Upstream, "it sent no headers");
    note_retry_after(destination, guard.head());
    if (guard.redirect()) {
      MUAI_CO_TRY_VOID(follow(*guard.redirect(), guard.head().status));
      co_return std::optional<HttpResponse>();
    }
    MUAI_CO_TRY_VOID(guard.finish());
    co_return std::optional<HttpResponse>(response(guard));
  }

  // What remains of the total time. Zero would mean "no bound", so a spent budget is 1 ms.
  Milliseconds total_left() const {
    if (request_.limits.total_max == Milliseconds{0}) return Milliseconds{0};
    return std::max(request_.limits.total_max - spent_, Milliseconds{1});
  }

  Task<Result<void>> exchange(const Destination& destination, ResponseGuard& guard, Watchdog& dog) {
    std::vector<Address> addresses = destination.addresses;
    if (!destination.name.empty()) {
      const TimePoint begun = rep_.loop.now();
      auto answers = co_await rep_.transport.resolve(destination.name, dog.token());
      timings_.resolved += since(rep_.loop, begun);
      if (!answers) co_return pass(std::move(answers));
      if (answers->empty()) co_return fail(ErrorCode::Network, "its host has no address");
      MUAI_CO_TRY_VOID(check_addresses(destination, *answers, url_));
      addresses = *std::move(answers);
    }
    HopRequest hop = hop_request(destination, std::move(addresses), guard, dog);
    sent_ = rep_.loop.now();
    dog.exchange_begins();
    co_return co_await rep_.transport.exchange(std::move(hop), dog.token());
  }

  HopRequest hop_request(const Destination& destination, std::vector<Address> addresses,
                         ResponseGuard& guard, Watchdog& dog) {
    HopRequest hop{.url = url_.with_fragment(std::nullopt)};
    hop.egress = request_.egress;
    hop.addresses = std::move(addresses);
    hop.unix_socket = destination.unix_socket;
    hop.method = request_.method;
    hop.headers = request_.headers;
    hop.body = request_.body;
    hop.connect_max = request_.limits.connect_max;
    hop.header_bytes_max = request_.limits.header_bytes_max;
    if (!hop.headers.find("user-agent")) hop.headers.add({"User-Agent", rep_.user_agent});
    if (!hop.headers.find("accept")) hop.headers.add({"Accept", accept_header(request_)});
    for (const HttpHeader& field : destination.headers) hop.headers.set(field);
    hop.on_connect = [this, &destination](const Address& peer) {
      return check_addresses(destination, std::span(&peer, 1), url_);
    };
    hop.on_head = [this, &guard, &dog](const HopHead& head) {
      timings_.first_byte = since(rep_.loop, sent_);
      dog.head_arrived();
      return guard.on_head(head);
    };
    hop.on_body = [&guard, &dog](std::string_view decoded, std::size_t raw_total) {
      dog.body_arrived(raw_total);
      return guard.on_body(decoded, raw_total);
    };
    return hop;
  }

  void note_retry_after(const Destination& destination, const HopHead& head) {
    retry_after_s_ = -1;
    const auto value = head.headers.find("retry-after");
    if (!value) return;
    retry_after_s_ = retry_after_seconds(*value, rep_.loop.unix_seconds());
    const bool busy = head.status == 429 || head.status == 503;
    const bool paced = destination.pace.connections_max > 0 || destination.pace.gap.count() > 0;
    if (!busy || !paced || retry_after_s_ <= 0) return;
    const auto pause =
        std::chrono::duration_cast<Duration>(std::chrono::duration<double>(retry_after_s_));
    rep_.queue.hold_off(destination.pace_key, rep_.loop.now() + pause);
  }

  // Makes the redirect's target the next URL; the rules are asked at the next hop.
  Result<void> follow(const std::string& location, int status) {
    if (std::cmp_greater_equal(redirects_.size(), request_.limits.redirects_max)) {
      return fail(ErrorCode::LimitExceeded,
                  fmt::format("it redirects more than {} times", request_.limits.redirects_max));
    }
    const auto parsed = Url::parse(location, url_);
    if (!parsed) {
      return fail(ErrorCode::Upstream, fmt::format("it redirects to '{}', which is no URL",
                                                   display_of_invalid_url(location)));
    }
    Url next = parsed->fragment() ? *parsed : parsed->with_fragment(url_.fragment());
    if (url_.scheme() == "https" && next.scheme() == "http") {
      return fail(
          ErrorCode::Refused,
          fmt::format("'{}' redirects from https to http, which is not followed", url_.display()));
    }
    if (request_.egress == Egress::Configured && next.origin() != url_.origin()) {
      return fail(ErrorCode::Refused,
                  fmt::format("'{}' redirects to another origin, '{}'; configure that one if you "
                              "mean it",
                              url_.display(), next.origin()));
    }
    redirects_.push_back(url_);
    const bool drop_body = status == 303 || (status < 303 && request_.method == "POST");
    if (drop_body && request_.method != "HEAD") {
      request_.method = "GET";
      request_.body.clear();
      request_.headers.remove("content-type");
    }
    if (request_.method == "GET" && std::ranges::find(redirects_, next) != redirects_.end()) {
      return fail(ErrorCode::Upstream, "it redirects in a circle");
    }
    url_ = std::move(next);
    return {};
  }

  HttpResponse response(ResponseGuard& guard) {
    timings_.total = since(rep_.loop, began_);
    HttpResponse response{.final_url = url_};
    response.status = guard.head().status;
    response.headers = guard.head().headers;
    response.body = guard.take_body();
    response.media_type = guard.type().essence;
    response.charset = guard.type().charset;
    response.redirects = std::move(redirects_);
    response.timings = timings_;
    response.raw_bytes = guard.raw_bytes();
    response.retry_after_s = retry_after_s_;
    response.peer = guard.head().peer;
    return response;
  }

  Rep& rep_;
  HttpRequest request_;
  Url url_;  // of the hop under way
  std::vector<Url> redirects_;
  HttpTimings timings_;
  Milliseconds spent_{0};
  TimePoint began_;
  TimePoint sent_{};
  double retry_after_s_ = -1;
};

Fetcher::Fetcher(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Fetcher::~Fetcher() = default;

Result<std::unique_ptr<Fetcher>> Fetcher::create(Loop& loop, Transport& transport,
                                                 FetcherOptions options) {
  MUAI_TRY(EgressRules rules, EgressRules::create(options));
  auto rep = std::make_unique<Rep>(loop, transport, std::move(rules), options.user_agent);
  return std::unique_ptr<Fetcher>(new Fetcher(std::move(rep)));
}

Task<Result<HttpResponse>> Fetcher::fetch(HttpRequest request, std::stop_token stop) {
  Fetch fetch(*rep_, std::move(request));
  co_return co_await fetch.run(std::move(stop));
}

Result<void> Fetcher::add_origin(ConfiguredOrigin origin) {
  return rep_->rules.add_origin(std::move(origin));
}

void Fetcher::remove_origin(const Url& url) { rep_->rules.remove_origin(url); }

}  // namespace muai
