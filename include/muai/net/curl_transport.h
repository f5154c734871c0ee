#pragma once

// Transport over libcurl and c-ares, driven by the loop: no threads, no blocking.

#include <memory>

#include "muai/net/transport.h"

namespace muai {

class AsioLoop;

// Belongs to the loop thread. Keeps connections alive between exchanges, apart for the two
// egress policies, so that a connection opened for one is never used by the other.
class CurlTransport final : public Transport {
 public:
  // `loop` must outlive the transport. Fails with Network when libcurl or c-ares cannot start.
  static Result<std::unique_ptr<CurlTransport>> create(AsioLoop& loop);
  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  Task<Result<std::vector<Address>>> resolve(std::string host, std::stop_token stop) override;
  Task<Result<void>> exchange(HopRequest hop, std::stop_token stop) override;

 private:
  struct Rep;
  explicit CurlTransport(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace muai
