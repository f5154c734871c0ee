#pragma once

// libcurl's multi interface, driven by the loop's descriptors and timers.

#include <curl/curl.h>

#include <map>
#include <memory>
#include <stop_token>

#include "muai/async/asio_loop.h"
#include "muai/async/oneshot.h"
#include "muai/async/task.h"
#include "muai/core/result.h"

namespace muai {

// One pool of connections and the transfers on it. Loop thread only; outlives its transfers.
class CurlMulti {
 public:
  explicit CurlMulti(AsioLoop& loop);
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;
  ~CurlMulti();

  // Runs the transfer that `easy` describes; `easy` and everything it points to stay until the
  // task has ended. Cancelled promptly after `stop`: no callback of `easy` runs after that.
  Task<Result<CURLcode>> perform(CURL* easy, std::stop_token stop);

 private:
  class Transfer;

  static int socket_changed(CURL* easy, curl_socket_t fd, int what, void* self, void* socket);
  static int timer_changed(CURLM* multi, long timeout_ms, void* self);
  void watch(curl_socket_t fd, int what);
  void act(curl_socket_t fd, int ready);
  void finish_transfers();

  AsioLoop& loop_;
  CURLM* multi_;
  std::map<curl_socket_t, Watch> watches_;
  TimerId timer_ = TimerId::None;
};

}  // namespace muai
