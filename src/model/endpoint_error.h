#pragma once

// What an endpoint's refusals mean, and what to do about them.

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "model/openai_endpoint.h"
#include "model/retry.h"

namespace muai {

// What the body of a failed response says, in whichever form: {error: {message, type, code,
// param}}, {error: "text"}, {message|detail: "text"}, HTML or plain text.
struct Complaint {
  std::string message;  // one line, at most 300 code points; may be empty
  std::string type = {};
  std::string code = {};   // as text, also when it was a number
  std::string param = {};  // the member of the request that it is about
};

Complaint read_complaint(std::string_view body);
// Of the value of an `error` member.
Complaint read_complaint(const boost::json::value& error);

// Whether it says that the text is longer than the model can take at once.
bool is_overflow(const Complaint& complaint);

// A response whose status is not 2xx. `what` is the path asked for ("/chat/completions");
// retry_after_s is negative when absent.
struct RefusedResponse {
  int status = 500;
  double retry_after_s = -1;
  std::string_view what;
  Complaint complaint;
};
ExchangeFailure failure_of(const OpenAiEndpoint& endpoint, const RefusedResponse& response);

// An error that came inside a stream whose status was 200.
ExchangeFailure failure_in_stream(const OpenAiEndpoint& endpoint, const Complaint& complaint);

// "model 'NAME' at http://...: what", without the key.
std::string endpoint_message(const OpenAiEndpoint& endpoint, std::string_view what);

// Nonsense from the endpoint.
ExchangeFailure nonsense(const OpenAiEndpoint& endpoint, std::string_view what);

}  // namespace muai
