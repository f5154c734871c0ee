#pragma once

// One HopRequest as a libcurl transfer.

#include <curl/curl.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "muai/core/result.h"
#include "muai/net/transport.h"

namespace muai {

// Translates the request into options of an easy handle, and what curl reports into the hop's
// callbacks. Must stay where it is, and outlive the transfer of `easy()`.
class CurlExchange {
 public:
  // `hop` must outlive the exchange.
  explicit CurlExchange(const HopRequest& hop);
  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;
  ~CurlExchange();

  CURL* easy() const { return easy_; }

  // What the transfer's end means.
  Result<void> outcome(CURLcode code);

 private:
  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static std::size_t header_arrived(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t body_arrived(char* bytes, std::size_t size, std::size_t count, void* self);

  void set_place();
  void set_request();
  void set_callbacks();
  Result<void> check_peer(const curl_sockaddr& address);
  Result<void> take_header_line(std::string_view line);
  Result<void> head_complete();
  bool keep(Result<void> result);

  const HopRequest& hop_;
  CURL* easy_;
  curl_slist* headers_ = nullptr;
  curl_slist* pins_ = nullptr;
  std::string url_;
  HopHead head_;
  std::size_t header_bytes_ = 0;
  bool head_done_ = false;
  std::optional<Error> error_;  // what a callback of ours ended the transfer with
  std::array<char, CURL_ERROR_SIZE> curl_says_{};
};

}  // namespace muai
