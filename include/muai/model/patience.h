#pragma once

// How long the endpoint of a model is waited for, and how often it is asked again. Plain values.

#include <chrono>

namespace muai {

// Bounds on one exchange with an endpoint; each that passes is a Timeout that says which. Zero
// means "no bound". The deadline of the call holds beside them and over all attempts.
struct ModelDeadlines {
  std::chrono::milliseconds connect_max{5'000};
  std::chrono::milliseconds first_token_max{120'000};  // from sending the request
  std::chrono::milliseconds token_gap_max{60'000};     // between two pieces of the answer
  std::chrono::milliseconds total_max{0};
};

// A failed exchange is tried again when that may help (src/model/retry.h decides) and nothing was
// shown yet. The n-th wait is drawn evenly from [0, min(delay_max, delay_first * 2^(n-1))]; a
// Retry-After of the endpoint is the least that is waited. No try begins that would have to wait
// beyond the call's deadline.
struct ModelRetries {
  int tries_max = 3;
  std::chrono::milliseconds delay_first{500};
  std::chrono::milliseconds delay_max{8'000};
  // A Retry-After longer than this is an answer, not a wait: the error is returned with it.
  std::chrono::milliseconds retry_after_max{60'000};
};

}  // namespace muai
