#pragma once

// What a response may be: the second half of the fetch guard. One for each hop.

#include <optional>
#include <string>
#include <string_view>

#include "muai/core/result.h"
#include "muai/net/http.h"
#include "muai/net/transport.h"
#include "muai/net/url.h"
#include "net/egress_rules.h"
#include "net/media_type.h"

namespace muai {

// Judges headers and body while they arrive, and keeps the body. Errors name the reason only; the
// caller adds the URL. `request` and `destination` must outlive it.
class ResponseGuard {
 public:
  ResponseGuard(const HttpRequest& request, const Destination& destination, const Url& url)
      : request_(request), destination_(destination), url_(url) {}

  Result<void> on_head(const HopHead& head);
  Result<void> on_body(std::string_view decoded, std::size_t raw_total);
  // The body has ended.
  Result<void> finish();

  bool has_head() const { return head_.has_value(); }
  const HopHead& head() const { return *head_; }
  // Location, when the response redirects.
  const std::optional<std::string>& redirect() const { return redirect_; }
  // True when we ended the exchange ourselves because nothing more of it is needed.
  bool has_enough() const { return has_enough_; }

  const MediaType& type() const { return type_; }
  std::size_t raw_bytes() const { return raw_bytes_; }
  std::string take_body() { return std::move(body_); }

 private:
  bool is_success() const { return head_->status >= 200 && head_->status <= 299; }
  // Error pages are kept, so that the caller's sink sees only what it asked for.
  bool uses_sink() const { return request_.on_body && is_success(); }
  Result<void> check_length() const;
  Result<void> check_coding() const;
  Result<void> check_type();
  Result<void> check_sizes() const;
  Result<void> sniff_body();
  Result<void> deliver(std::string_view bytes);

  const HttpRequest& request_;
  const Destination& destination_;
  const Url& url_;
  std::optional<HopHead> head_;
  std::optional<std::string> redirect_;
  MediaType type_;
  std::string body_;  // with a sink: what waits for sniffing
  std::size_t raw_bytes_ = 0;
  std::size_t decoded_bytes_ = 0;
  bool must_sniff_ = false;
  bool drops_body_ = false;
  bool has_enough_ = false;
};

}  // namespace muai
