// c-ares on the real loop, against a name server of ours on 127.0.0.1.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "muai/async/asio_loop.h"
#include "net/resolver.h"

namespace muai {
namespace {

using namespace std::chrono_literals;

constexpr unsigned char kTypeA = 1;
constexpr unsigned char kTypeAaaa = 28;

// Answers each question by a function from query to reply; an empty reply is silence.
class NameServer {
 public:
  using Answer = std::function<std::string(const std::string& query)>;

  explicit NameServer(Answer answer) : answer_(std::move(answer)) {
    fd_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    servers_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { serve(); });
  }
  ~NameServer() {
    stop_ = true;
    thread_.join();
    ::close(fd_);
  }
  const std::string& servers() const { return servers_; }

 private:
  void serve() {
    while (!stop_) {
      pollfd wait{fd_, POLLIN, 0};
      if (::poll(&wait, 1, 20) <= 0) continue;
      char buffer[512];
      sockaddr_in from{};
      socklen_t size = sizeof from;
      const ssize_t got =
          ::recvfrom(fd_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got < 12) continue;
      const std::string reply = answer_(std::string(buffer, static_cast<std::size_t>(got)));
      if (reply.empty()) continue;
      ::sendto(fd_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
    }
  }

  Answer answer_;
  int fd_ = -1;
  std::string servers_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

std::size_t question_end(const std::string& query) { return query.find('\0', 12) + 5; }

unsigned char type_of(const std::string& query) {
  return static_cast<unsigned char>(query[question_end(query) - 3]);
}

// The reply to `query` with one record for each of `addresses` (4 or 16 bytes).
std::string reply(const std::string& query, const std::vector<std::string>& addresses) {
  std::string out = query.substr(0, question_end(query));
  out[2] = '\x81';  // a response, recursion desired
  out[3] = '\x80';
  out[7] = static_cast<char>(addresses.size());
  out.replace(8, 4, 4, '\0');
  for (const std::string& address : addresses) {
    out += std::string("\xC0\x0C\0", 3) + static_cast<char>(type_of(query));
    out += std::string("\0\x01\0\0\0\x3C\0", 7) + static_cast<char>(address.size()) + address;
  }
  return out;
}

std::string refusal(const std::string& query, int code) {
  std::string out = reply(query, {});
  out[3] = static_cast<char>(0x80 | code);
  return out;
}

Result<std::vector<Address>> resolve(const NameServer& server, std::stop_token stop = {}) {
  AsioLoop loop;
  return loop.run(resolve_host_at(loop, server.servers(), "name.example", std::move(stop)));
}

TEST(Resolver, GivesEveryAddressOfBothFamiliesOnce) {
  const NameServer server([](const std::string& query) {
    if (type_of(query) == kTypeA)
      return reply(query, {"\x5D\xB8\xD7\x0E", "\x0A\x01\x02\x03", "\x5D\xB8\xD7\x0E"});
    return reply(query, {std::string(15, '\0') + '\x01'});
  });
  const auto addresses = resolve(server);
  ASSERT_TRUE(addresses) << addresses.error().message();
  std::vector<std::string> texts;
  for (const Address& address : *addresses) texts.push_back(address.to_string());
  std::ranges::sort(texts);
  EXPECT_EQ(texts, (std::vector<std::string>{"10.1.2.3", "93.184.215.14", "::1"}));
}

TEST(Resolver, OneFamilyIsEnough) {
  const NameServer server([](const std::string& query) {
    return type_of(query) == kTypeAaaa ? reply(query, {}) : reply(query, {"\x5D\xB8\xD7\x0E"});
  });
  const auto addresses = resolve(server);
  ASSERT_TRUE(addresses) << addresses.error().message();
  EXPECT_EQ(addresses->size(), 1U);
}

TEST(Resolver, SaysThatANameDoesNotExist) {
  const NameServer server([](const std::string& query) { return refusal(query, 3); });
  const auto addresses = resolve(server);
  ASSERT_FALSE(addresses);
  EXPECT_EQ(addresses.error().code(), ErrorCode::Network);
  EXPECT_NE(addresses.error().message().find("name.example"), std::string::npos);
}

TEST(Resolver, SurvivesGarbage) {
  const NameServer server([](const std::string& query) {
    return query.substr(0, 2) + "\x81\x80" + std::string(200, '\xFF');
  });
  std::stop_source stop;
  AsioLoop loop;
  loop.at(loop.now() + 300ms, [&] { stop.request_stop(); });
  EXPECT_FALSE(loop.run(resolve_host_at(loop, server.servers(), "name.example", stop.get_token())));
}

TEST(Resolver, StopsWhileTheServerIsSilent) {
  const NameServer server([](const std::string&) { return std::string(); });
  std::stop_source stop;
  AsioLoop loop;
  loop.at(loop.now() + 50ms, [&] { stop.request_stop(); });
  const auto addresses =
      loop.run(resolve_host_at(loop, server.servers(), "name.example", stop.get_token()));
  ASSERT_FALSE(addresses);
  EXPECT_EQ(addresses.error().code(), ErrorCode::Cancelled);
}

TEST(Resolver, RefusesAServerListItCannotRead) {
  AsioLoop loop;
  const auto addresses = loop.run(resolve_host_at(loop, "not an address", "name.example", {}));
  ASSERT_FALSE(addresses);
  EXPECT_EQ(addresses.error().code(), ErrorCode::InvalidConfig);
}

}  // namespace
}  // namespace muai
