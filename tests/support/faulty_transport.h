#pragma once

// A network in memory for the fetch guard: names that change their minds, servers that stall, lie
// and fail at the n-th operation. Runs on any Loop, so tests use virtual time.

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "muai/async/oneshot.h"
#include "muai/async/sleep.h"
#include "muai/net/transport.h"

namespace muai::testing {

struct FakeAnswer {
  int status = 200;
  HttpHeaders headers{{"Content-Type", "text/html"}};
  std::vector<std::string> chunks{"<p>hello</p>"};
  std::optional<std::size_t> raw_bytes_per_chunk{};  // else the decoded size
  Duration head_delay{};
  Duration chunk_delay{};
  std::optional<Address> peer{};  // claims to be; else the address connected to
};

inline FakeAnswer fake_redirect(std::string location, int status = 302) {
  FakeAnswer answer;
  answer.status = status;
  answer.headers = {{"Location", std::move(location)}};
  answer.chunks = {};
  return answer;
}

class FaultyTransport final : public Transport {
 public:
  struct Seen {
    Url url;
    std::optional<Address> address;
    std::string unix_socket;
    std::string method;
    HttpHeaders headers;
    std::string body;
    TimePoint at;
  };

  explicit FaultyTransport(Loop& loop) : loop_(loop) {}

  // One list for each look-up; the last one repeats. Other names are 93.184.215.14.
  void set_names(const std::string& host, std::vector<std::vector<std::string>> answers) {
    for (const auto& texts : answers) {
      std::vector<Address> addresses;
      for (const std::string& text : texts) addresses.push_back(Address::parse(text).value());
      names_[host].push_back(std::move(addresses));
    }
  }
  // Answers for one URL in order; the last one repeats.
  void set_answer(const std::string& url, FakeAnswer answer) {
    answers_[url].push_back(std::move(answer));
  }
  void set_default(FakeAnswer answer) { default_ = std::move(answer); }
  // The n-th resolve or exchange from now (1 is the next) fails once.
  void fail_operation(int n, ErrorCode code) {
    fail_in_ = n;
    fail_with_ = code;
  }

  const std::vector<Seen>& seen() const { return seen_; }
  const std::vector<std::string>& resolved() const { return resolved_; }
  int running_max() const { return running_max_; }
  bool has_failed() const { return fail_in_ == 0; }

  Task<Result<std::vector<Address>>> resolve(std::string host, std::stop_token stop) override {
    resolved_.push_back(host);
    if (fails_now()) co_return fail(*fail_with_, "injected");
    MUAI_CO_TRY_VOID(co_await sleep_for(loop_, std::chrono::milliseconds{1}, stop));
    const auto found = names_.find(host);
    if (found == names_.end()) {
      co_return std::vector<Address>{Address::parse("93.184.215.14").value()};
    }
    co_return next_of(found->second);
  }

  Task<Result<void>> exchange(HopRequest hop, std::stop_token stop) override {
    if (fails_now()) co_return fail(*fail_with_, "injected");
    std::optional<Address> peer;
    if (hop.unix_socket.empty()) {
      peer = hop.addresses.at(hop.addresses.size() - 1);  // any of them may be taken
      MUAI_CO_TRY_VOID(hop.on_connect(*peer));
    }
    seen_.push_back(
        {hop.url, peer, hop.unix_socket, hop.method, hop.headers, hop.body, loop_.now()});
    const Running running(*this);
    const FakeAnswer answer = answer_for(hop.url);
    MUAI_CO_TRY_VOID(co_await sleep_for(loop_, answer.head_delay, stop));
    HopHead head{.status = answer.status, .headers = answer.headers, .peer = peer};
    if (answer.peer) head.peer = answer.peer;
    MUAI_CO_TRY_VOID(hop.on_head(head));
    std::size_t raw = 0;
    for (const std::string& chunk : answer.chunks) {
      MUAI_CO_TRY_VOID(co_await sleep_for(loop_, answer.chunk_delay, stop));
      raw += answer.raw_bytes_per_chunk.value_or(chunk.size());
      MUAI_CO_TRY_VOID(hop.on_body(chunk, raw));
    }
    co_return {};
  }

 private:
  struct Running {
    explicit Running(FaultyTransport& its) : transport(its) {
      transport.running_max_ = std::max(transport.running_max_, ++transport.running_);
    }
    ~Running() { --transport.running_; }
    FaultyTransport& transport;
  };

  bool fails_now() { return fail_in_ > 0 && --fail_in_ == 0; }

  template <class T>
  static T next_of(std::deque<T>& queue) {
    T front = queue.front();
    if (queue.size() > 1) queue.pop_front();
    return front;
  }

  FakeAnswer answer_for(const Url& url) {
    const auto found = answers_.find(url.href());
    return found == answers_.end() ? default_ : next_of(found->second);
  }

  Loop& loop_;
  std::map<std::string, std::deque<std::vector<Address>>> names_;
  std::map<std::string, std::deque<FakeAnswer>> answers_;
  FakeAnswer default_;
  std::vector<Seen> seen_;
  std::vector<std::string> resolved_;
  int fail_in_ = -1;
  std::optional<ErrorCode> fail_with_;
  int running_ = 0;
  int running_max_ = 0;
};

}  // namespace muai::testing
