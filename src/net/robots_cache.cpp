#include "muai/net/robots_cache.h"

#include <chrono>
#include <map>
#include <vector>

#include "muai/async/loop.h"
#include "muai/async/oneshot.h"
#include "muai/net/fetcher.h"
#include "muai/net/robots.h"

namespace muai {
namespace {

constexpr auto kFresh = std::chrono::hours{24};
constexpr auto kFreshWhenUnreachable = std::chrono::minutes{5};
constexpr std::size_t kSitesMax = 1000;

}  // namespace

struct RobotsCache::Rep {
  // Absent rules: somebody is fetching them, and the others wait.
  struct Site {
    std::optional<RobotsRules> rules;
    TimePoint until{};
    std::vector<OneShot<void>::Sender> waiting;
  };

  // Makes room for the next asker when a fetch ends without rules, however it ends.
  struct Fetching {
    Rep& rep;
    const std::string& origin;
    ~Fetching() {
      Site& site = rep.sites[origin];
      for (const auto& sender : std::exchange(site.waiting, {})) sender.send({});
      if (!site.rules) rep.sites.erase(origin);
    }
  };

  Rep(Loop& its_loop, Fetcher& its_fetcher, std::string its_agent)
      : loop(its_loop), fetcher(its_fetcher), agent(std::move(its_agent)) {}

  void forget_stale() {
    if (sites.size() <= kSitesMax) return;
    const TimePoint now = loop.now();
    std::erase_if(sites, [now](const auto& entry) {
      return entry.second.rules && entry.second.until <= now;
    });
  }

  Task<Result<void>> fetch_rules(const std::string& origin, const Url& robots,
                                 std::stop_token stop) {
    const Fetching fetching{*this, origin};
    HttpRequest request{.url = robots};
    request.accepted = {"text/*"};
    auto page = co_await fetcher.fetch(std::move(request), std::move(stop));
    Site& site = sites[origin];
    site.until = loop.now() + kFresh;
    if (page && page->status == 200) {
      site.rules = RobotsRules::parse(page->body);
    } else if (page && page->status < 500 && page->status != 429) {
      site.rules = RobotsRules::for_status(404);
    } else if (!page && page.error().code() == ErrorCode::Upstream) {
      site.rules = RobotsRules::for_status(404);  // something else than text is there
    } else if (!page && (page.error().code() == ErrorCode::Cancelled ||
                         page.error().code() == ErrorCode::Refused)) {
      co_return pass(std::move(page));
    } else {
      site.rules = RobotsRules::for_status(503);
      site.until = loop.now() + kFreshWhenUnreachable;
    }
    co_return {};
  }

  Loop& loop;
  Fetcher& fetcher;
  std::string agent;
  std::map<std::string, Site> sites;
};

RobotsCache::RobotsCache(Loop& loop, Fetcher& fetcher, std::string agent)
    : rep_(std::make_unique<Rep>(loop, fetcher, std::move(agent))) {}

RobotsCache::~RobotsCache() = default;

Task<Result<bool>> RobotsCache::allows(Url url, std::stop_token stop) {
  Rep& rep = *rep_;
  const std::string origin = url.origin();
  rep.forget_stale();
  while (true) {
    const auto found = rep.sites.find(origin);
    if (found == rep.sites.end() ||
        (found->second.rules && found->second.until <= rep.loop.now())) {
      rep.sites[origin] = {};
      MUAI_CO_TRY(const Url robots, Url::parse("/robots.txt", url));
      MUAI_CO_TRY_VOID(co_await rep.fetch_rules(origin, robots, stop));
    } else if (found->second.rules) {
      co_return found->second.rules->allows(rep.agent, url);
    } else {
      OneShot<void> ready(rep.loop);
      found->second.waiting.push_back(ready.sender());
      MUAI_CO_TRY_VOID(co_await ready.wait(stop));
    }
  }
}

}  // namespace muai
