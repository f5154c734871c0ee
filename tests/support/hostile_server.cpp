#include "tests/support/hostile_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>

namespace muai::testing {
namespace {

void require(bool good, const char* what) {
  if (good) return;
  std::cerr << "test server: " << what << "\n";
  std::abort();
}

void append_little_endian(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

std::string gzip_file(const std::string& deflated, std::uint32_t crc, std::uint32_t length) {
  std::string out("\x1F\x8B\x08\0\0\0\0\0\0\xFF", 10);
  out += deflated;
  append_little_endian(out, crc, 4);
  append_little_endian(out, length, 4);
  return out;
}

// The bit order of deflate: numbers lowest bit first, codes highest bit first.
class BitWriter {
 public:
  void number(unsigned value, int width) {
    for (int i = 0; i < width; ++i) bit(value >> i & 1);
  }
  void code(unsigned value, int width) {
    for (int i = width - 1; i >= 0; --i) bit(value >> i & 1);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  void bit(unsigned value) {
    if (used_ == 0) bytes_ += '\0';
    bytes_.back() = static_cast<char>(static_cast<unsigned char>(bytes_.back()) | value << used_);
    used_ = (used_ + 1) % 8;
  }
  std::string bytes_;
  int used_ = 0;
};

}  // namespace

bool Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (stop_->load()) return false;
    pollfd wait{fd_, POLLOUT, 0};
    if (::poll(&wait, 1, 20) <= 0) continue;
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Peer::wait_ms(int milliseconds) {
  for (int waited = 0; waited < milliseconds; waited += 10) {
    if (stop_->load()) return false;
    pollfd gone{fd_, POLLIN, 0};
    if (::poll(&gone, 1, 10) > 0) return false;  // closed, or nonsense from the client
  }
  return true;
}

HostileServer::HostileServer() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  require(listener_ >= 0, "no socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  require(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0, "cannot bind");
  require(::listen(listener_, 64) == 0, "cannot listen");
  require(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0, "no name");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

HostileServer::~HostileServer() {
  stop_ = true;
  thread_.join();
  for (std::thread& connection : connections_) connection.join();
  ::close(listener_);
}

void HostileServer::on(const std::string& path, Script script) {
  const std::lock_guard lock(mutex_);
  scripts_[path] = std::move(script);
}

void HostileServer::on(const std::string& path, int status, const std::string& head,
                       const std::string& body) {
  const std::string answer = "HTTP/1.1 " + std::to_string(status) + " X\r\n" + head +
                             "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  on(path, [answer](Peer& peer) { peer.send(answer); });
}

std::vector<std::string> HostileServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void HostileServer::serve() {
  while (!stop_) {
    pollfd wait{listener_, POLLIN, 0};
    if (::poll(&wait, 1, 20) <= 0) continue;
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) connections_.emplace_back([this, fd] { handle(fd); });
  }
}

// One request a connection: the answer ends it.
void HostileServer::handle(int fd) {
  Peer peer(fd);
  peer.stop_ = &stop_;
  char buffer[4096];
  while (!stop_ && peer.request_.find("\r\n\r\n") == std::string::npos) {
    pollfd wait{fd, POLLIN, 0};
    if (::poll(&wait, 1, 20) <= 0) continue;
    const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
    if (got <= 0) break;
    peer.request_.append(buffer, static_cast<std::size_t>(got));
  }
  const std::size_t begin = peer.request_.find(' ');
  if (begin != std::string::npos) {
    const std::string path =
        peer.request_.substr(begin + 1, peer.request_.find(' ', begin + 1) - begin - 1);
    Script script = [](Peer& client) {
      client.send("HTTP/1.1 404 X\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n");
    };
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(peer.request_);
      const auto found = scripts_.find(path);
      if (found != scripts_.end()) script = found->second;
    }
    script(peer);
  }
  ::shutdown(fd, SHUT_WR);
  ::close(fd);
}

std::string gzip_stored(std::string_view bytes) {
  require(bytes.size() <= 65535, "too long for one stored block");
  const auto length = static_cast<std::uint32_t>(bytes.size());
  std::string deflated("\x01", 1);  // the last block, stored
  append_little_endian(deflated, length, 2);
  append_little_endian(deflated, ~length, 2);
  deflated += bytes;
  return gzip_file(deflated, crc32(bytes), length);
}

std::string gzip_bomb(std::size_t count) {
  BitWriter bits;
  bits.number(1, 1);  // the last block
  bits.number(1, 2);  // with the fixed codes
  std::size_t left = count;
  const auto literal = [&] { bits.code(0x91, 8); };
  if (left > 0) literal(), --left;
  for (; left >= 258; left -= 258) {
    bits.code(0xC5, 8);  // length 258
    bits.code(0, 5);     // distance 1
  }
  for (; left > 0; --left) literal();
  bits.code(0, 7);  // end of block
  return gzip_file(bits.bytes(), crc32(std::string(count, 'a')), static_cast<std::uint32_t>(count));
}

}  // namespace muai::testing
