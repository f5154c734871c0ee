#include "muai/net/curl_transport.h"

#include "muai/async/asio_loop.h"
#include "net/curl_exchange.h"
#include "net/curl_multi.h"
#include "net/resolver.h"

namespace muai {

struct CurlTransport::Rep {
  explicit Rep(AsioLoop& its_loop) : loop(its_loop), page(its_loop), configured(its_loop) {}

  CurlMulti& multi_of(Egress egress) { return egress == Egress::Page ? page : configured; }

  AsioLoop& loop;
  CurlMulti page;
  CurlMulti configured;
};

CurlTransport::CurlTransport(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
CurlTransport::~CurlTransport() = default;

Result<std::unique_ptr<CurlTransport>> CurlTransport::create(AsioLoop& loop) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) return fail(ErrorCode::Network, "libcurl cannot start");
  return std::unique_ptr<CurlTransport>(new CurlTransport(std::make_unique<Rep>(loop)));
}

Task<Result<std::vector<Address>>> CurlTransport::resolve(std::string host, std::stop_token stop) {
  return resolve_host(rep_->loop, std::move(host), std::move(stop));
}

Task<Result<void>> CurlTransport::exchange(HopRequest hop, std::stop_token stop) {
  CurlExchange exchange(hop);
  auto code = co_await rep_->multi_of(hop.egress).perform(exchange.easy(), std::move(stop));
  if (!code) co_return pass(std::move(code));
  co_return exchange.outcome(*code);
}

}  // namespace muai
