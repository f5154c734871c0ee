#include "net/response_guard.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <span>

#include "net/ascii.h"

namespace muai {
namespace {

// Below this a high ratio is harmless, and small repetitive pages really have one.
constexpr std::size_t kRatioJudgedFrom = std::size_t{256} << 10;
// Bodies that nobody reads are taken up to here, so that the connection can be used again.
constexpr std::size_t kUnreadBodyMax = std::size_t{64} << 10;

std::span<const std::string> accepted_types(const HttpRequest& request) {
  if (!request.accepted.empty()) return request.accepted;
  return request.egress == Egress::Page ? page_media_types() : std::span<const std::string>();
}

bool is_redirect_status(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

Result<void> ResponseGuard::on_head(const HopHead& head) {
  head_ = head;
  if (head.peer) {
    MUAI_TRY_VOID(check_addresses(destination_, std::span(&*head.peer, 1), url_));
  }
  MUAI_TRY_VOID(check_coding());
  if (is_redirect_status(head.status)) {
    if (const auto location = head.headers.find("location")) {
      redirect_ = std::string(*location);
      drops_body_ = true;
      return {};
    }
  }
  MUAI_TRY_VOID(check_length());
  return check_type();
}

Result<void> ResponseGuard::check_length() const {
  std::optional<std::string_view> seen;
  for (const auto& [name, value] : head_->headers) {
    if (!equal_fold(name, "content-length")) continue;
    if (seen && *seen != value) {
      return fail(ErrorCode::Upstream, "it states two lengths of its body");
    }
    seen = value;
  }
  if (!seen || request_.limits.raw_bytes_max == 0) return {};
  const std::string_view digits = trim_blanks(*seen);
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  const bool unreadable = digits.empty() || end != digits.data() + digits.size();
  if (unreadable && error != std::errc::result_out_of_range) {
    return fail(ErrorCode::Upstream, "the length of its body is no number");
  }
  if (error == std::errc::result_out_of_range || length > request_.limits.raw_bytes_max) {
    return fail(ErrorCode::LimitExceeded, fmt::format("its body has {} bytes; at most {} are taken",
                                                      digits, request_.limits.raw_bytes_max));
  }
  return {};
}

// Two codings are two chances to swell, and no honest server uses them.
Result<void> ResponseGuard::check_coding() const {
  static constexpr std::string_view kKnown[] = {"gzip", "x-gzip", "deflate", "br", "zstd"};
  int codings = 0;
  for (const auto& [name, value] : head_->headers) {
    const bool transfer = equal_fold(name, "transfer-encoding");
    if (!transfer && !equal_fold(name, "content-encoding")) continue;
    std::string_view list = value;
    for (std::string_view element; next_element(list, element);) {
      const std::string coding = lower_ascii(element);
      if (coding == "identity" || (transfer && coding == "chunked")) continue;
      if (std::ranges::find(kKnown, coding) == std::end(kKnown)) {
        return fail(ErrorCode::Upstream, fmt::format("its content coding '{}' is not known",
                                                     display_of_invalid_url(coding)));
      }
      ++codings;
    }
  }
  if (codings <= 1) return {};
  return fail(ErrorCode::LimitExceeded, "it has more than one content coding");
}

Result<void> ResponseGuard::check_type() {
  if (const auto header = head_->headers.find("content-type")) type_ = parse_media_type(*header);
  const auto accepted = accepted_types(request_);
  if (accepted.empty()) return {};
  must_sniff_ = true;
  const bool undeclared = type_.essence.empty() || type_.essence == "application/octet-stream";
  if (undeclared || is_accepted(type_.essence, accepted)) return {};
  if (!is_success()) {
    // The status is the answer; an error page that can't be read is no second error.
    must_sniff_ = false;
    drops_body_ = true;
    return {};
  }
  return fail(ErrorCode::Upstream,
              fmt::format("its content type '{}' is not read; accepted are {}",
                          type_.essence.substr(0, 80), fmt::join(accepted, ", ")));
}

Result<void> ResponseGuard::on_body(std::string_view decoded, std::size_t raw_total) {
  raw_bytes_ = raw_total;
  decoded_bytes_ += decoded.size();
  if (drops_body_) {
    if (raw_bytes_ <= kUnreadBodyMax && decoded_bytes_ <= kUnreadBodyMax) return {};
    has_enough_ = true;
    return fail(ErrorCode::Cancelled, "the rest of the body is not needed");
  }
  MUAI_TRY_VOID(check_sizes());
  if (!must_sniff_) return deliver(decoded);
  body_ += decoded;
  if (body_.size() < kSniffBytes) return {};
  return sniff_body();
}

Result<void> ResponseGuard::check_sizes() const {
  const HttpLimits& limits = request_.limits;
  if (limits.raw_bytes_max > 0 && raw_bytes_ > limits.raw_bytes_max) {
    return fail(ErrorCode::LimitExceeded,
                fmt::format("its body has more than {} bytes", limits.raw_bytes_max));
  }
  if (limits.decoded_bytes_max > 0 && decoded_bytes_ > limits.decoded_bytes_max) {
    return fail(ErrorCode::LimitExceeded,
                fmt::format("its body has more than {} bytes decoded", limits.decoded_bytes_max));
  }
  if (limits.decoded_ratio_max > 0 && decoded_bytes_ > kRatioJudgedFrom &&
      decoded_bytes_ / limits.decoded_ratio_max > raw_bytes_) {
    return fail(ErrorCode::LimitExceeded,
                fmt::format("its body swells more than {} times", limits.decoded_ratio_max));
  }
  return {};
}

Result<void> ResponseGuard::finish() { return must_sniff_ ? sniff_body() : Result<void>(); }

Result<void> ResponseGuard::sniff_body() {
  must_sniff_ = false;
  const Sniffed kind = sniff(body_);
  if (type_.essence.empty() || type_.essence == "application/octet-stream") {
    type_.essence = media_type_of(kind);
    if (!body_.empty() && !is_accepted(type_.essence, accepted_types(request_))) {
      return fail(ErrorCode::Upstream, "it does not say what it is and its bytes are not text");
    }
  } else if (!body_.empty() && !may_be(type_, kind)) {
    return fail(ErrorCode::Upstream, fmt::format("it calls itself '{}' and its bytes are {}",
                                                 type_.essence.substr(0, 80),
                                                 kind == Sniffed::Binary ? "binary"
                                                 : kind == Sniffed::Pdf  ? "a PDF"
                                                                         : "no PDF"));
  }
  return uses_sink() ? deliver(std::exchange(body_, {})) : Result<void>();
}

Result<void> ResponseGuard::deliver(std::string_view bytes) {
  if (uses_sink()) return bytes.empty() ? Result<void>() : request_.on_body(bytes);
  body_ += bytes;
  return {};
}

}  // namespace muai
