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
                 fmt::format("{} refused the request (HTTP {}); check its key and that it allows "
                             "JSON answers (for SearXNG: add json to search.formats in its "
                             "settings.yml)",
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

std::string plain_snippet(std::string_view html) {
  static constexpr std::pair<std::string_view, std::string_view> kEntities[] = {
      {"&quot;", "\""}, {"&#039;", "'"}, {"&#39;", "'"}, {"&lt;", "<"},
      {"&gt;", ">"},    {"&nbsp;", " "}, {"&amp;", "&"}};
  std::string plain;
  bool in_tag = false;
  for (std::size_t i = 0; i < html.size(); ++i) {
    const char c = html[i];
    if (in_tag || c == '<') {
      in_tag = c != '>';
      continue;
    }
    if (c == '&') {
      const auto* entity =
          std::find_if(std::begin(kEntities), std::end(kEntities),
                       [&](const auto& known) { return html.substr(i).starts_with(known.first); });
      if (entity != std::end(kEntities)) {
        plain += entity->second;
        i += entity->first.size() - 1;
        continue;
      }
    }
    plain += c;
  }
  return plain;
}

std::string string_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace muai
