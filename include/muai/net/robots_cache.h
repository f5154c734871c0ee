#pragma once

// Asks each site once a day what it wants left alone.

#include <memory>
#include <stop_token>
#include <string>

#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/net/url.h"

namespace muai {

class Fetcher;
class Loop;

// robots.txt of every origin asked about, kept for 24 hours. Belongs to the loop thread; `loop` and
// `fetcher` outlive it.
class RobotsCache {
 public:
  // `agent` is our product token.
  RobotsCache(Loop& loop, Fetcher& fetcher, std::string agent);
  ~RobotsCache();
  RobotsCache(const RobotsCache&) = delete;
  RobotsCache& operator=(const RobotsCache&) = delete;

  // Whether the site lets us fetch `url`. Fetches robots.txt first when it is not known, once for
  // all who ask at the same time. A site that has no robots.txt allows everything; one that
  // cannot answer allows nothing for five minutes. Fails with Refused where pages of the origin
  // are not fetched at all, and with Cancelled after `stop`.
  Task<Result<bool>> allows(Url url, std::stop_token stop);

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace muai
