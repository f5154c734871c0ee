#include "tool/json_request.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "muai/core/json.h"

namespace muai {
namespace json = boost::json;
namespace {

Error status_error(const HttpResponse& response, const std::string& service) {
  const int status = response.status;
  if (status == 401 || status == 403) {
    return Error(ErrorCode::Refused,
                 fmt::format("{} refused the request (HTTP {}); check that it lets programs in",
                             service, status));
  }
  if (status == 429 || status == 503) {
    return Error(ErrorCode::Upstream, fmt::format("{} asks to wait (HTTP {})", service, status))
        .retry_after(response.retry_after_s);
  }
  return Error(ErrorCode::Upstream, fmt::format("{} answered HTTP {}", service, status));
}

}  // namespace

Task<Result<json::value>> request_json(Fetcher& fetcher, HttpRequest request, std::string service,
                                       std::stop_token stop) {
  request.headers.set({"Accept", "application/json"});
  request.accepted = {"application/json"};
  auto fetching = fetcher.fetch(std::move(request), std::move(stop));
  auto response = co_await std::move(fetching);
  if (!response) co_return pass(std::move(response));
  if (response->status < 200 || response->status > 299)
    co_return std::unexpected(status_error(*response, service));
  auto answer = parse_json(response->body);
  if (!answer) {
    co_return fail(ErrorCode::Upstream, fmt::format("{} answered with broken JSON: {}", service,
                                                    answer.error().message()));
  }
  co_return *std::move(answer);
}

std::string percent_encoded(std::string_view text) {
  static constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string encoded;
  for (const char c : text) {
    if (kUnreserved.contains(c)) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

}  // namespace muai
