// Each question has a channel of its own, made for it and destroyed with the frame that waits:
// stopping one disturbs no other, and changes of /etc/resolv.conf are seen at once.

#include "net/resolver.h"

#include <ares.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/time.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>

#include "muai/async/oneshot.h"

namespace muai {
namespace {

constexpr int kTryMilliseconds = 2000;
constexpr int kTries = 2;

bool ares_is_started() {
  static const bool started = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
  return started;
}

std::vector<Address> addresses_of(const ares_addrinfo& answer) {
  std::vector<Address> addresses;
  for (const ares_addrinfo_node* node = answer.nodes; node != nullptr; node = node->ai_next) {
    Address address;
    if (node->ai_family == AF_INET) {
      sockaddr_in four;
      std::memcpy(&four, node->ai_addr, sizeof four);
      address = Address::ipv4(ntohl(four.sin_addr.s_addr));
    } else if (node->ai_family == AF_INET6) {
      sockaddr_in6 six;
      std::memcpy(&six, node->ai_addr, sizeof six);
      Address::Bytes bytes;
      std::memcpy(bytes.data(), &six.sin6_addr, bytes.size());
      address = Address::ipv6(bytes);
    } else {
      continue;
    }
    if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(address);
  }
  return addresses;
}

// One question. Lives in the frame that waits for it.
class Lookup {
 public:
  Lookup(AsioLoop& loop, const std::string& host) : loop_(loop), host_(host), done_(loop) {}
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;
  ~Lookup() {
    loop_.cancel(timer_);
    // Calls `answered` with ARES_EDESTRUCTION if the question is open; nobody waits by then.
    if (channel_ != nullptr) ares_destroy(channel_);
  }

  // `servers` empty: those of the system.
  Result<void> begin(const std::string& servers) {
    ares_options options{};
    options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
    options.timeout = kTryMilliseconds;
    options.tries = kTries;
    options.sock_state_cb = &Lookup::socket_changed;
    options.sock_state_cb_data = this;
    const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    if (!ares_is_started() || ares_init_options(&channel_, &options, mask) != ARES_SUCCESS) {
      return fail(ErrorCode::Network, "name resolution cannot start; look at /etc/resolv.conf");
    }
    if (!servers.empty() && ares_set_servers_ports_csv(channel_, servers.c_str()) != ARES_SUCCESS) {
      return fail(ErrorCode::InvalidConfig, "the list of name servers cannot be read");
    }
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    // Sorting would open sockets to the answers before they are checked.
    hints.ai_flags = ARES_AI_NOSORT;
    ares_getaddrinfo(channel_, host_.c_str(), nullptr, &hints, &Lookup::answered, this);
    set_timer();
    return {};
  }

  OneShot<std::vector<Address>>& done() { return done_; }

 private:
  static void answered(void* self, int status, int, ares_addrinfo* answer) {
    auto& lookup = *static_cast<Lookup*>(self);
    if (status == ARES_SUCCESS && answer != nullptr) {
      lookup.done_.sender().send(addresses_of(*answer));
    } else if (status != ARES_EDESTRUCTION) {
      lookup.done_.sender().send(fail(
          ErrorCode::Network, fmt::format("the address of '{}' was not found: {}",
                                          lookup.host_.substr(0, 255), ares_strerror(status))));
    }
    if (answer != nullptr) ares_freeaddrinfo(answer);
  }

  static void socket_changed(void* self, ares_socket_t fd, int readable, int writable) {
    auto& lookup = *static_cast<Lookup*>(self);
    lookup.watches_.erase(fd);
    if (readable == 0 && writable == 0) return;
    const Interest interest = readable != 0 && writable != 0 ? Interest::ReadWrite
                              : readable != 0                ? Interest::Read
                                                             : Interest::Write;
    lookup.watches_[fd] = lookup.loop_.watch_fd(fd, interest, [&lookup, fd](FdReady ready) {
      lookup.process(ready.read ? fd : ARES_SOCKET_BAD, ready.write ? fd : ARES_SOCKET_BAD);
    });
  }

  void process(ares_socket_t readable, ares_socket_t writable) {
    ares_process_fd(channel_, readable, writable);
    set_timer();
  }

  void set_timer() {
    loop_.cancel(timer_);
    timer_ = TimerId::None;
    timeval room{};
    const timeval* wait = ares_timeout(channel_, nullptr, &room);
    if (wait == nullptr) return;
    const auto delay = std::chrono::seconds{wait->tv_sec} +
                       std::chrono::microseconds{wait->tv_usec} + std::chrono::milliseconds{1};
    timer_ = loop_.at(loop_.now() + delay, [this] {
      timer_ = TimerId::None;
      process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    });
  }

  AsioLoop& loop_;
  std::string host_;
  OneShot<std::vector<Address>> done_;
  std::map<ares_socket_t, Watch> watches_;
  ares_channel channel_ = nullptr;
  TimerId timer_ = TimerId::None;
};

}  // namespace

Task<Result<std::vector<Address>>> resolve_host(AsioLoop& loop, std::string host,
                                                std::stop_token stop) {
  co_return co_await resolve_host_at(loop, std::string(), std::move(host), std::move(stop));
}

Task<Result<std::vector<Address>>> resolve_host_at(AsioLoop& loop, std::string servers,
                                                   std::string host, std::stop_token stop) {
  Lookup lookup(loop, host);
  MUAI_CO_TRY_VOID(lookup.begin(servers));
  auto addresses = co_await lookup.done().wait(std::move(stop));
  co_return addresses;
}

}  // namespace muai
