#pragma once

// Asking a web service for JSON. Private to the tools.

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/net/fetcher.h"

namespace muai {

// Sends the request and reads a JSON answer. `service` begins messages ("SearXNG at https://...").
// 401 and 403: Refused; 429 and 503: Upstream with retry_after; other statuses but 2xx: Upstream.
// `fetcher` outlives the task.
Task<Result<boost::json::value>> request_json(Fetcher& fetcher, HttpRequest request,
                                              std::string service, std::stop_token stop);

// `text` as the value of a query member or form field.
std::string percent_encoded(std::string_view text);

}  // namespace muai
