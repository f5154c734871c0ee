#pragma once

// A small HTTP server for tests: a thread, one connection after another, and a script per path
// that writes whatever bytes it likes.

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace muai::testing {

// The server's side of one request.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}

  // False once the client has gone or the server stops; scripts end then.
  bool send(std::string_view bytes);
  // Waits, in small steps, until the client goes, the server stops or the time is over. True while
  // the client is there.
  bool wait_ms(int milliseconds);

  const std::string& request() const { return request_; }

 private:
  friend class HostileServer;
  int fd_;
  std::string request_;
  std::atomic<bool>* stop_ = nullptr;
};

using Script = std::function<void(Peer&)>;

class HostileServer {
 public:
  // Listens on 127.0.0.1 at a free port.
  HostileServer();
  ~HostileServer();
  HostileServer(const HostileServer&) = delete;
  HostileServer& operator=(const HostileServer&) = delete;

  int port() const { return port_; }
  std::string place() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string url(std::string_view path) const { return "http://" + place() + std::string(path); }

  void on(const std::string& path, Script script);
  // A whole response with Content-Length; `head` is more header lines, each ending with CRLF.
  void on(const std::string& path, int status, const std::string& head, const std::string& body);

  std::vector<std::string> requests() const;

 private:
  void serve();
  void handle(int fd);

  int listener_ = -1;
  int port_ = 0;
  std::map<std::string, Script> scripts_;
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<std::thread> connections_;
  std::thread thread_;
};

// gzip of `bytes` (at most 65,535), without compression.
std::string gzip_stored(std::string_view bytes);

// gzip of `count` letters "a": about 158 times smaller.
std::string gzip_bomb(std::size_t count);

}  // namespace muai::testing
