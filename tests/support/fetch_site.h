#pragma once

// A Fetcher over a FaultyTransport in virtual time.

#include <memory>
#include <string>
#include <utility>

#include "muai/async/sim_loop.h"
#include "muai/net/fetcher.h"
#include "tests/support/faulty_transport.h"

namespace muai::testing {

struct FetchSite {
  explicit FetchSite(FetcherOptions options = {})
      : fetcher(Fetcher::create(loop, net, std::move(options)).value()) {}

  Result<HttpResponse> fetch(HttpRequest request) {
    return loop.run(fetcher->fetch(std::move(request), stop.get_token()));
  }
  Result<HttpResponse> get(const std::string& text) {
    auto url = Url::parse(text);
    if (!url) return std::unexpected(url.error());
    return fetch({.url = *std::move(url)});
  }
  ErrorCode code_of(const std::string& text) {
    const auto response = get(text);
    return response ? ErrorCode::Contract : response.error().code();
  }

  SimLoop loop;
  FaultyTransport net{loop};
  std::unique_ptr<Fetcher> fetcher;
  std::stop_source stop;
};

}  // namespace muai::testing
