#include "model/endpoint_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "muai/text/utf8.h"

// Endpoints agree on statuses but not on bodies, so the status decides and the body explains; only
// a context that is too small and a quota that is spent are told apart by words.

namespace muai {
namespace json = boost::json;
namespace {

constexpr std::size_t kComplaintCodePointsMax = 300;

json::value parse_loosely(std::string_view body) {
  json::parse_options options;
  options.allow_invalid_utf8 = true;
  boost::system::error_code failed;
  json::value value = json::parse(json::string_view(body.data(), body.size()), failed, {}, options);
  return failed ? json::value() : value;
}

// One line of text: tags dropped, control bytes and runs of blanks made one blank.
std::string one_line(std::string_view raw) {
  std::string text;
  const bool is_markup = raw.find('<') != std::string_view::npos;
  bool in_tag = false;
  for (const char c : raw) {
    if (is_markup && c == '<') in_tag = true;
    const bool blank = in_tag || static_cast<unsigned char>(c) <= ' ' || c == 0x7F;
    if (is_markup && c == '>') in_tag = false;
    if (!blank) {
      text += c;
    } else if (!text.empty() && text.back() != ' ') {
      text += ' ';
    }
    if (text.size() > kComplaintCodePointsMax * 4) break;
  }
  if (text.ends_with(' ')) text.pop_back();
  return std::string(first_code_points(to_valid_utf8(text), kComplaintCodePointsMax));
}

std::string text_of(const json::value* value) {
  if (!value) return {};
  if (const json::string* text = value->if_string()) return one_line(*text);
  if (const std::int64_t* number = value->if_int64()) return std::to_string(*number);
  return {};
}

bool mentions(const Complaint& complaint, std::initializer_list<std::string_view> words) {
  std::string all = complaint.type + ' ' + complaint.code + ' ' + complaint.message;
  std::ranges::transform(all, all.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  });
  return std::ranges::any_of(
      words, [&](std::string_view word) { return all.find(word) != std::string::npos; });
}

}  // namespace

bool is_overflow(const Complaint& complaint) {
  return mentions(complaint,
                  {"context_length_exceeded", "exceed_context_size", "context length",
                   "context size", "context window", "maximum context", "input is too large",
                   "is too large to process", "prompt is too long"});
}

namespace {

std::string quoted(const Complaint& complaint) {
  return complaint.message.empty() ? std::string() : fmt::format(": \"{}\"", complaint.message);
}

struct Meaning {
  FailureCause cause;
  ErrorCode code;
  std::string text;
};

Meaning key_refused(const OpenAiEndpoint& endpoint, const RefusedResponse& response) {
  const std::string remedy =
      endpoint.key_place.empty()
          ? std::string(
                "it wants a key; name the variable or file that holds it in key_env or "
                "key_file")
          : fmt::format("it refuses the key; see that {} holds the right one", endpoint.key_place);
  return {FailureCause::Request, ErrorCode::InvalidConfig,
          fmt::format("{} (HTTP {}{})", remedy, response.status, quoted(response.complaint))};
}

Meaning request_refused(const RefusedResponse& response) {
  if (is_overflow(response.complaint)) {
    return {FailureCause::Request, ErrorCode::InvalidInput,
            fmt::format("the prompt is longer than its context{}; shorten it, or give the model a "
                        "larger context",
                        quoted(response.complaint))};
  }
  return {FailureCause::Request, ErrorCode::InvalidInput,
          fmt::format("it cannot serve the request (HTTP {}{})", response.status,
                      quoted(response.complaint))};
}

Meaning too_many(const RefusedResponse& response) {
  if (response.status == 402 || mentions(response.complaint, {"insufficient_quota", "billing"})) {
    return {FailureCause::Request, ErrorCode::Refused,
            fmt::format("the quota of its account is spent (HTTP {}{})", response.status,
                        quoted(response.complaint))};
  }
  return {FailureCause::Busy, ErrorCode::Upstream,
          fmt::format("it has too many requests (HTTP {}{})", response.status,
                      quoted(response.complaint))};
}

Meaning meaning_of(const OpenAiEndpoint& endpoint, const RefusedResponse& response) {
  const int status = response.status;
  // llama-server calls a text of too many tokens a failure of its own (HTTP 500).
  if (status >= 500 && is_overflow(response.complaint)) return request_refused(response);
  switch (status) {
    case 401:
    case 403: return key_refused(endpoint, response);
    case 402:
    case 409:
    case 425:
    case 429:
    case 529: return too_many(response);
    case 404:
    case 405:
      return {FailureCause::Request, ErrorCode::NotFound,
              fmt::format("it has no {} for that model (HTTP {}{}); base_url usually ends in /v1",
                          response.what, status, quoted(response.complaint))};
    case 408:
      return {FailureCause::Endpoint, ErrorCode::Upstream,
              fmt::format("it gave the request up (HTTP 408{})", quoted(response.complaint))};
    case 501:
      return {FailureCause::Request, ErrorCode::InvalidConfig,
              fmt::format("it does not offer {} (HTTP 501{})", response.what,
                          quoted(response.complaint))};
    default: break;
  }
  if (status >= 400 && status < 500) return request_refused(response);
  return {FailureCause::Endpoint, ErrorCode::Upstream,
          status >= 500 ? fmt::format("it failed (HTTP {}{})", status, quoted(response.complaint))
                        : fmt::format("it answered with HTTP {}", status)};
}

}  // namespace

Complaint read_complaint(const json::value& error) {
  if (const json::string* text = error.if_string()) return {.message = one_line(*text)};
  const json::object* object = error.if_object();
  if (!object) return {};
  return {.message = text_of(object->if_contains("message")),
          .type = text_of(object->if_contains("type")),
          .code = text_of(object->if_contains("code")),
          .param = text_of(object->if_contains("param"))};
}

Complaint read_complaint(std::string_view body) {
  const json::value value = parse_loosely(body);
  const json::object* object = value.if_object();
  if (!object) return {.message = one_line(body)};
  if (const json::value* error = object->if_contains("error")) return read_complaint(*error);
  for (const std::string_view member : {"message", "detail"}) {
    std::string text = text_of(object->if_contains(member));
    if (!text.empty()) return {.message = std::move(text)};
  }
  return {.message = one_line(body)};
}

std::string endpoint_message(const OpenAiEndpoint& endpoint, std::string_view what) {
  const std::string at = endpoint.place.empty() ? std::string() : " at " + endpoint.place;
  return endpoint.redactor.redacted(fmt::format("model '{}'{}: {}", endpoint.name, at, what));
}

ExchangeFailure nonsense(const OpenAiEndpoint& endpoint, std::string_view what) {
  return {.cause = FailureCause::Endpoint,
          .error = Error(ErrorCode::Upstream, endpoint_message(endpoint, what))};
}

ExchangeFailure failure_of(const OpenAiEndpoint& endpoint, const RefusedResponse& response) {
  const Meaning meaning = meaning_of(endpoint, response);
  Error error(meaning.code, endpoint_message(endpoint, meaning.text));
  if (response.retry_after_s >= 0) {
    error = Error(std::move(error).retry_after(response.retry_after_s));
  }
  return {.cause = meaning.cause, .error = std::move(error)};
}

ExchangeFailure failure_in_stream(const OpenAiEndpoint& endpoint, const Complaint& complaint) {
  int status = 500;
  std::from_chars(complaint.code.data(), complaint.code.data() + complaint.code.size(), status);
  if (status < 400 || status > 599) status = is_overflow(complaint) ? 400 : 500;
  return failure_of(endpoint, {.status = status, .what = "an answer", .complaint = complaint});
}

}  // namespace muai
