#pragma once

// Politeness: who may ask which host now.

#include <deque>
#include <map>
#include <stop_token>
#include <string>
#include <utility>

#include "muai/async/loop.h"
#include "muai/async/oneshot.h"
#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/net/fetcher.h"

namespace muai {

class HostQueue;

// The right to have one connection to a host, until destroyed. Must not outlive its queue.
class [[nodiscard]] HostTurn {
 public:
  HostTurn(HostQueue* queue, std::string key) : queue_(queue), key_(std::move(key)) {}
  HostTurn(HostTurn&& other) noexcept
      : queue_(std::exchange(other.queue_, nullptr)), key_(std::move(other.key_)) {}
  HostTurn& operator=(HostTurn&& other) noexcept;
  ~HostTurn() { give_back(); }

 private:
  void give_back();

  HostQueue* queue_;  // null after a move
  std::string key_;
};

// Turns at hosts, in order of asking. Loop thread only. Must outlive its turns and waiters.
class HostQueue {
 public:
  explicit HostQueue(Loop& loop) : loop_(loop) {}
  HostQueue(const HostQueue&) = delete;
  HostQueue& operator=(const HostQueue&) = delete;

  // Waits for the host named `key`. Refused at once, with retry_after_s, when the host has asked
  // for a longer pause than we wait for; Cancelled after `stop`.
  Task<Result<HostTurn>> take_turn(std::string key, HostPace pace, std::stop_token stop);

  // The host wants to be left alone until `until`.
  void hold_off(const std::string& key, TimePoint until);

 private:
  friend class HostTurn;
  struct Host {
    int running = 0;
    TimePoint next_start{};
    TimePoint held_until{};
    std::deque<OneShot<void>::Sender> waiting;
  };

  void wake_next(const std::string& key);
  void forget_idle_hosts();

  Loop& loop_;
  std::map<std::string, Host, std::less<>> hosts_;
};

}  // namespace muai
